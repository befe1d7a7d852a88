using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using OviFunctions.Providers;
using OviFunctions.Providers.Health;
using OviFunctions.Storage;

namespace OviFunctions.Activities;

/// <summary>Which attempt wants to submit.</summary>
/// <param name="MaxConcurrent">How many may be at the account at once; null for no limit: then only a pause keeps it away.</param>
/// <param name="Deadline">The job's deadline (UTC), after which its slot is free again even if nobody says so.</param>
public sealed record TakeProviderSlotInput(string JobId, int Lane, string Provider, int? MaxConcurrent, DateTime Deadline);

/// <summary>Whether an attempt may submit now.</summary>
/// <param name="WaitSeconds">When not: after how many seconds it should ask again.</param>
/// <param name="Refused">Why it should not ask again: the account went out of the rotation, or is to be left alone for long. Null when it should.</param>
public sealed record SlotStep(bool Granted, double WaitSeconds, ProviderFailure? Refused = null);

/// <summary>
/// Takes one of an account's slots, or queues for one; <see cref="EndAttempt"/> gives it back, and gives up the place in the queue.
/// Also waits out what a provider asked for with <c>Retry-After</c>.
/// </summary>
public sealed partial class TakeProviderSlot(ProviderStates states, TimeProvider clock, ILogger<TakeProviderSlot> logger)
{
    private const double WaitForStorage = 10;

    [Function(nameof(TakeProviderSlot))]
    public async Task<SlotStep> Run([ActivityTrigger] TakeProviderSlotInput input, CancellationToken cancellationToken)
    {
        if (input.MaxConcurrent is null)
        {
            var state = await states.ReadAsync(input.Provider, cancellationToken);
            if (state.OutFor is not null) return new SlotStep(false, 0, ProviderSlots.Out(input.Provider));
            var pause = state.PausedUntil - clock.GetUtcNow();
            return pause > TimeSpan.Zero ? new SlotStep(false, pause.Value.TotalSeconds) : new SlotStep(true, 0);
        }

        try
        {
            return await states.UpdateAsync(input.Provider, standing => ProviderSlots.Take(standing, input, clock.GetUtcNow()), cancellationToken);
        }
        catch (Exception e) when (StorageOutage.Is(e))
        {
            // Nothing could be submitted now either: the intent would have to be written.
            NotTaken(logger, e, input.JobId, input.Provider);
            return new SlotStep(false, WaitForStorage);
        }
    }

    [LoggerMessage(2121, LogLevel.Warning, "Job {JobId} could not ask for a slot at {Provider}; it asks again.")]
    private static partial void NotTaken(ILogger logger, Exception exception, string jobId, string provider);
}
