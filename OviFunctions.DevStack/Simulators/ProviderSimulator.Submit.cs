using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace OviFunctions.DevStack.Simulators;

/// <summary>Submits and reads: the same steps for every protocol, and the places where faults strike.</summary>
public abstract partial class ProviderSimulator
{
    /// <summary>Whether a call has the key.</summary>
    private protected abstract bool HasKey(HttpContext context);

    /// <summary>The answer to a submit that is not taken because of a fault; null for faults without an answer of the provider.</summary>
    private protected abstract SimulatedAnswer? RefusalOf(SubmitFault fault);

    /// <summary>The answer to a body that cannot be read.</summary>
    private protected abstract SimulatedAnswer Malformed { get; }

    /// <summary>The outcomes that mean nothing in this protocol.</summary>
    private protected virtual IReadOnlyCollection<SimulatedOutcome> UnknownOutcomes => [];

    /// <summary>A job is wanted: takes it, or does what its fault says.</summary>
    /// <param name="model">The model that was called.</param>
    /// <param name="input">The body; null when it is malformed.</param>
    /// <param name="webhook">Where its caller wants to be told.</param>
    /// <param name="refuse">The answer to an input that the provider does not take; null when it takes it.</param>
    /// <param name="answer">Answers a submit that was taken.</param>
    private protected async Task SubmitAsync(
        HttpContext context,
        string model,
        JobInput? input,
        string? webhook,
        Func<JobInput, SimulatedAnswer?> refuse,
        Func<SimulatedJob, Task> answer)
    {
        if (input is null)
        {
            await AnswerAsync(context, SimulatorCallKind.Submit, null, Malformed);
            return;
        }

        var fault = Faults.Take(input.Prompt);
        if (UnknownOutcomes.Contains(fault.Outcome)) fault = fault with { Outcome = SimulatedOutcome.Success };
        switch (fault.Submit)
        {
            case SubmitFault.GatewayErrorBefore:
                await AnswerAsGatewayAsync(context, SimulatorCallKind.Submit, null, 502, input.Body);
                return;
            case SubmitFault.DropBefore:
                Drop(context, SimulatorCallKind.Submit, null, input.Body);
                return;
        }

        if ((RefusalOf(fault.Submit) ?? refuse(input)) is { } refusal)
        {
            await AnswerAsync(context, SimulatorCallKind.Submit, null, refusal, input.Body);
            return;
        }

        var job = Take(NewId(), model, input, Uri.TryCreate(webhook, UriKind.Absolute, out var url) ? url : null, fault);
        switch (fault.Submit)
        {
            case SubmitFault.GatewayErrorAfter:
                await AnswerAsGatewayAsync(context, SimulatorCallKind.Submit, job.Id, 504, job.Input.Body);
                break;
            case SubmitFault.DropAfter:
                Drop(context, SimulatorCallKind.Submit, job.Id, job.Input.Body);
                break;
            default:
                await answer(job);
                break;
        }
    }

    /// <summary>A new job's id.</summary>
    private protected virtual string NewId() => NewUuid();

    /// <summary>Answers a call without the key, and says whether it did.</summary>
    private protected async Task<bool> RefuseWithoutKeyAsync(HttpContext context, SimulatorCallKind kind)
    {
        if (HasKey(context)) return false;
        await AnswerAsync(context, kind, context.Request.RouteValues["id"] as string, RefusalOf(SubmitFault.Unauthorized)!);
        return true;
    }

    /// <summary>The job of a call with the right key; otherwise answers the call and returns null.</summary>
    private protected async Task<SimulatedJob?> FindAsync(HttpContext context, SimulatorCallKind kind)
    {
        if (await RefuseWithoutKeyAsync(context, kind)) return null;
        var id = (string)context.Request.RouteValues["id"]!;
        if (_jobs.TryGetValue(id, out var job) && !job.IsRemoved) return job;
        await AnswerAsync(context, kind, id, NotFound(id));
        return null;
    }

    /// <summary>Answers a read that a fault strikes as a gateway in front does, and says whether it did.</summary>
    private protected async Task<bool> FailReadAsync(HttpContext context, SimulatorCallKind kind, SimulatedJob job)
    {
        var status = kind == SimulatorCallKind.Status ? 503 : 504;
        if (!(kind == SimulatorCallKind.Status ? job.TakeStatusFailure() : job.TakeResultFailure())) return false;
        await AnswerAsGatewayAsync(context, kind, job.Id, status);
        return true;
    }
}
