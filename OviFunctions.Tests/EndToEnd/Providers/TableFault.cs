using OviFunctions.DevStack.Simulators;

namespace OviFunctions.Tests.EndToEnd.Providers;

/// <summary>A row of the fault table in docs/providers.md.</summary>
/// <param name="Name">As it stands there, and in the prompt of its job.</param>
/// <param name="Fault">What the provider does.</param>
internal sealed record TableFault(string Name, SimulatorFault Fault)
{
    /// <summary>How many submits it strikes.</summary>
    public int Times { get; init; } = int.MaxValue;

    /// <summary>Whether it never ends before the job's deadline: the job is looked at when all others have ended.</summary>
    public bool IsEndless => Fault.Outcome == SimulatedOutcome.UnknownStatus;

    public bool IsOfWebhook => Fault.Webhook != WebhookFault.None && Fault.Submit == SubmitFault.None;

    public bool IsOfSubmit => Fault.Submit != SubmitFault.None;

    /// <summary>Whether it is of what the provider's result, and the file to which that leads, answer.</summary>
    public bool IsOfResult => Fault.Media != MediaFault.None || Fault.ResultFailures > 0;

    public string Prompt => $"A harbour at night; {Name}.";

    /// <summary>The rows in their order, which is that in which the jobs are ordered: what makes the gateway pause comes last.</summary>
    public static IReadOnlyList<TableFault> All { get; } =
    [
        new("none", new SimulatorFault()),
        Submit("no answer, not taken", SubmitFault.DropBefore),
        Submit("no answer, taken", SubmitFault.DropAfter),
        new("submit: no answer, taken, and no callback", new SimulatorFault { Submit = SubmitFault.DropAfter, Webhook = WebhookFault.Lost }) { Times = 1 },
        Submit("502 of a gateway, not taken", SubmitFault.GatewayErrorBefore),
        Submit("504 of a gateway, taken", SubmitFault.GatewayErrorAfter),
        Submit("5xx of the provider", SubmitFault.ServerError),
        Submit("4xx, the input is refused", SubmitFault.Invalid),
        Submit("4xx, moderation", SubmitFault.Moderation),
        Work("moderation", SimulatedOutcome.ContentPolicy),
        Work("internal error", SimulatedOutcome.InternalError),
        Work("done, without a video", SimulatedOutcome.NoVideo),
        Webhook("lost", WebhookFault.Lost),
        Webhook("late", WebhookFault.Late),
        Webhook("twice", WebhookFault.Duplicate),
        Webhook("forged", WebhookFault.Forged),
        Webhook("about another job", WebhookFault.ForAnotherJob),
        new("wait: a status that nobody knows, for ever", new SimulatorFault { Outcome = SimulatedOutcome.UnknownStatus }),
        new("result: 504 twice, then fine", new SimulatorFault { ResultFailures = 2 }),
        new("result: URL expired, the next one fine", new SimulatorFault { Media = MediaFault.Expired, MediaFailures = 1 }),
        Media("every URL expired", MediaFault.Expired),
        Media("truncated MP4", MediaFault.Truncated),
        Media("HTML", MediaFault.Html),
        Media("2 GB", MediaFault.TooLarge),
        Media("on a host that does not exist", MediaFault.ForeignHost),
        Media("redirect to a private address", MediaFault.PrivateRedirect),
        Submit("429", SubmitFault.RateLimited),
    ];

    private static TableFault Submit(string name, SubmitFault fault) => new($"submit: {name}", new SimulatorFault { Submit = fault });

    private static TableFault Work(string name, SimulatedOutcome outcome) => new($"work: {name}", new SimulatorFault { Outcome = outcome });

    private static TableFault Webhook(string name, WebhookFault fault) => new($"wait: webhook {name}", new SimulatorFault { Webhook = fault });

    private static TableFault Media(string name, MediaFault fault) => new($"result: {name}", new SimulatorFault { Media = fault });
}
