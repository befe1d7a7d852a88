using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Orchestrations;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Orchestrations;

/// <summary>One attempt at a provider that behaves as a test says: submits in order, and the jobs that it works on.</summary>
internal sealed class AttemptScript
{
    private readonly Queue<Func<Task<SubmitStep>>> _submits = new();
    private readonly Queue<SlotStep> _slots = new();
    private readonly Dictionary<string, Func<int, ReadStep>> _jobs = [];
    private readonly Dictionary<string, int> _looks = [];
    private Func<StoreVideoInput, StoreStep> _store = input => new StoreStep(OrchestrationSamples.Video(input.Lane));

    public AttemptScript()
    {
        Context = new ScriptedContext(JobIds.Attempt(OrchestrationSamples.JobId, 0))
            .On<TakeProviderSlotInput, SlotStep>(nameof(TakeProviderSlot), _ => _slots.TryDequeue(out var step) ? step : new SlotStep(true, 0))
            .On<EndAttemptInput, bool>(nameof(EndAttempt), _ => true)
            .On<SubmitToProviderInput, SubmitStep>(nameof(SubmitToProvider), _ => _submits.Dequeue()())
            .On<ReadFromProviderInput, ReadStep>(nameof(ReadFromProvider), input => Read(input.Job.RequestId))
            .On<CancelAtProviderInput, bool>(nameof(CancelAtProvider), _ => false)
            .On<StoreVideoInput, StoreStep>(nameof(StoreVideo), input => _store(input));
    }

    public ScriptedContext Context { get; }

    /// <summary>What is other about the attempt.</summary>
    public Func<AttemptInput, AttemptInput> Change { get; init; } = input => input;

    public JobPlan Plan { get; init; } = OrchestrationSamples.Plan();

    /// <summary>The calls between the account's turn and the end, in order, with the provider's request id where there is one.</summary>
    public IEnumerable<string> Steps => Context.Calls.Where(c => c.Name is not (nameof(TakeProviderSlot) or nameof(EndAttempt))).Select(c => c.Input switch
    {
        SubmitToProviderInput submit => $"submit {submit.Submit}",
        ReadFromProviderInput read => $"read {read.Job.RequestId}",
        CancelAtProviderInput cancel => $"cancel {cancel.Job.RequestId}",
        StoreVideoInput => "store",
        _ => c.Name,
    });

    public IEnumerable<string> Distinct => Steps.Distinct();

    /// <summary>What the account says first when it is asked for a place; afterwards it has one.</summary>
    public AttemptScript Slot(params SlotStep[] steps)
    {
        foreach (var step in steps) _slots.Enqueue(step);
        return this;
    }

    /// <summary>How the attempt's end was counted.</summary>
    public IReadOnlyList<EndAttemptInput> Ends => Context.InputsOf<EndAttemptInput>(nameof(EndAttempt));

    /// <summary>How the next submit ends.</summary>
    public AttemptScript Submit(SubmitStep step, double seconds = 0)
    {
        _submits.Enqueue(() => seconds > 0 ? Context.After(seconds, step) : Task.FromResult(step));
        return this;
    }

    /// <summary>What the looks at a job find, counted from 0.</summary>
    public AttemptScript Job(string requestId, Func<int, ReadStep> look)
    {
        _jobs[requestId] = look;
        return this;
    }

    public AttemptScript Job(string requestId, ReadStep always) => Job(requestId, _ => always);

    public AttemptScript Store(Func<StoreVideoInput, StoreStep> store)
    {
        _store = store;
        return this;
    }

    /// <summary>The provider confirms the cancellation of these jobs, and of no others.</summary>
    public AttemptScript ConfirmsCancelOf(params string[] requestIds)
    {
        Context.On<CancelAtProviderInput, bool>(nameof(CancelAtProvider), input => requestIds.Contains(input.Job.RequestId));
        return this;
    }

    public AttemptScript Callback(double seconds, int submit, string requestId)
    {
        Context.EventAt(seconds, JobEvents.Callback, new CallbackSignal(submit, requestId));
        return this;
    }

    public AttemptScript Stop(double seconds, StopReason reason)
    {
        Context.EventAt(seconds, JobEvents.Stop, reason);
        return this;
    }

    public Task<AttemptEnd> RunAsync() =>
        Context.RunAsync(context => ProviderAttemptOrchestrator.Run(context, Change(OrchestrationSamples.Attempt(Plan))));

    private ReadStep Read(string requestId)
    {
        var look = _looks[requestId] = _looks.GetValueOrDefault(requestId, -1) + 1;
        return _jobs[requestId](look);
    }
}
