using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Providers;

namespace OviFunctions.Routing;

/// <summary>Why nobody would carry out an order, before anything was charged.</summary>
internal static class RouteProblems
{
    /// <summary>The model is here, and no account honours all of the request.</summary>
    public static Problem NotHonoured(IVideoModel model, RequestNeeds needs, IReadOnlyList<(string Account, RequestFields Fields)> lacking)
    {
        var errors = Enum.GetValues<RequestFields>()
            .Where(field => field != RequestFields.None && lacking.Any(l => l.Fields.HasFlag(field)))
            .Select(field => NotHonoured(model.NameOf(field), field, needs, [.. lacking.Where(l => l.Fields.HasFlag(field)).Select(l => l.Account)]))
            .ToList();
        return new Problem(422, "not_offered", "No provider here carries out all of this request.",
            $"{string.Join(" ", errors.Select(e => e.Detail))} Leave out what keeps every one of them away. Nothing was charged.")
        {
            Errors = errors, RetryAction = RetryAction.Resign, PaymentState = PaymentState.Unused,
        };
    }

    /// <summary>No account has the model.</summary>
    public static Problem NotOffered(IVideoModel model) => Unavailable(model.WhyNotOffered ?? $"No provider is configured for {model.Name}.");

    public static Problem OutOfService(IVideoModel model, IReadOnlyList<string> accounts) => Unavailable(
        $"Every provider that would carry out this request for {model.Name} is out of service ({string.Join(", ", accounts)}). The operator has been told.");

    /// <summary>The operator's business; he has been told.</summary>
    public static Problem TooDear(IVideoModel model) => Unavailable(
        $"The price of {model.Name} does not cover what its providers ask for this request. The operator has been told.");

    private static FieldProblem NotHonoured(string name, RequestFields field, RequestNeeds needs, IReadOnlyList<string> accounts)
    {
        var who = string.Join(", ", accounts);
        return new FieldProblem($"/{name}", "not_offered", field switch
        {
            RequestFields.Seed => $"{name}: {needs.Seed} is out of the range of {who}; every provider takes 0 to {int.MaxValue}.",
            RequestFields.Resolution => $"{name}: {needs.Resolution} is not offered by {who}.",
            RequestFields.Seconds => $"{name}: {needs.Seconds} is not offered by {who}.",
            _ => $"{name}: not offered by {who}.",
        });
    }

    private static Problem Unavailable(string why) => new(503, "model_unavailable", "This model cannot be ordered at the moment.", $"{why} Nothing was charged.")
    {
        RetryAction = RetryAction.WaitAndRetry, PaymentState = PaymentState.Unused, RetryAfterSeconds = 300,
    };
}
