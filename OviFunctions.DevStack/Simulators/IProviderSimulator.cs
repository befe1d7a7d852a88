namespace OviFunctions.DevStack.Simulators;

/// <summary>A provider on 127.0.0.1, with faults that can be switched on, and a log of what it saw.</summary>
public interface IProviderSimulator : IAsyncDisposable
{
    /// <summary>Where it listens.</summary>
    Uri Url { get; }

    /// <summary>What goes wrong.</summary>
    SimulatorFaults Faults { get; }

    /// <summary>Every call, in the order of the answers.</summary>
    CallLog<SimulatorCall> Calls { get; }

    /// <summary>Every attempt to deliver a webhook; none where the provider has no webhooks.</summary>
    CallLog<SimulatorCallback> Callbacks { get; }

    /// <summary>The ids of the jobs that were taken, known to their caller or not: each would have cost money.</summary>
    IReadOnlyCollection<string> TakenJobs { get; }
}
