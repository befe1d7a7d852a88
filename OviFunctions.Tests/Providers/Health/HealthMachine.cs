using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Activities;
using OviFunctions.Configuration;
using OviFunctions.Jobs;
using OviFunctions.Providers;
using OviFunctions.Providers.Health;
using OviFunctions.Tests.Activities;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Providers.Health;

/// <summary>One of several machines over one store, with the account <c>fal</c>.</summary>
internal sealed class HealthMachine
{
    public const string Model = "ovi/image-to-video";

    private readonly ManualTimeProvider _clock;
    private readonly TakeProviderSlot _take;
    private readonly EndAttempt _end;

    public HealthMachine(MemoryRecordStore records, ManualTimeProvider clock, params (string Key, string? Value)[] settings)
    {
        _clock = clock;
        Settings = TestSettings.Read(settings);
        States = new ProviderStates(records, clock);
        Metrics = new ProviderMetrics(Settings, States);
        Rotation = new ProviderRotation(States, Metrics, Settings, clock, Log);
        _take = new TakeProviderSlot(States, clock, NullLogger<TakeProviderSlot>.Instance);
        _end = new EndAttempt(new ProviderCatalog([new PlayedProvider()]), Rotation, EndLog);
    }

    public OviSettings Settings { get; }

    public ProviderStates States { get; }

    public ProviderRotation Rotation { get; }

    public ProviderMetrics Metrics { get; }

    public LogSink<ProviderRotation> Log { get; } = new();

    public LogSink<EndAttempt> EndLog { get; } = new();

    /// <summary>The state as it stands in the store.</summary>
    public Task<ProviderState> StateAsync() => States.CurrentAsync("fal", default);

    public Task<SlotStep> TakeAsync(string jobId, int? max = 1, double minutes = 20) =>
        _take.Run(new TakeProviderSlotInput(jobId, 0, "fal", max, _clock.GetUtcNow().UtcDateTime.AddMinutes(minutes)), default);

    public Task EndAsync(
        string jobId, AttemptState state = AttemptState.Delivered, ProviderFailure? failure = null, double seconds = 30, string model = Model, string provider = "fal") =>
        _end.Run(new EndAttemptInput(jobId, 0, provider, model, state, failure, seconds), default);

    public Task FailAsync(string jobId, FailureClass why = FailureClass.ProviderUnavailable) =>
        EndAsync(jobId, AttemptState.Failed, new ProviderFailure(why, null, "It broke."));

    /// <summary>fal says that there is no money left.</summary>
    public Task FailForCreditsAsync(string jobId) => EndAsync(
        jobId, AttemptState.Failed, AccountFault.Mark(new ProviderFailure(FailureClass.ProviderCredits, null, "User is locked. Reason: Exhausted balance."), 403));

    /// <summary>fal says that there is no such model.</summary>
    public Task FailForModelAsync(string jobId) => EndAsync(
        jobId, AttemptState.Failed, AccountFault.Mark(new ProviderFailure(FailureClass.ProviderUnavailable, null, "Gone."), 410));
}
