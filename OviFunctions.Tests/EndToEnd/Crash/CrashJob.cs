using OviFunctions.DevStack.Simulators;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd.Crash;

/// <summary>The job of a case, from its buyer's first request to the evidence that all is well.</summary>
internal sealed class CrashJob
{
    private readonly CrashWorld _world;
    private readonly CrashEvidence _evidence;
    private Task<Answer?> _answer = Task.FromResult<Answer?>(null);

    private CrashJob(CrashWorld world, CrashCase it, CrashOrder order)
    {
        _world = world;
        Case = it;
        Order = order;
        _evidence = new CrashEvidence(world, order);
    }

    public CrashCase Case { get; }

    public CrashOrder Order { get; }

    /// <summary>A buyer with money and a signed order, and a provider that treats it as the case wants.</summary>
    public static async Task<CrashJob> PrepareAsync(CrashWorld world, CrashCase it)
    {
        var order = await world.SignAsync(it.Name, it.Effect?.InlineImage ?? false, it.Effect?.IsOfBatch ?? false);
        world.Peers.Fal.Faults.ForPrompt(order.Prompt, new SimulatorFault
        {
            Webhook = it.Misfortune == Misfortune.CallbackLost ? WebhookFault.Lost : WebhookFault.None,
            ProcessingMilliseconds = (int?)it.Effect?.Processing?.TotalMilliseconds,
            Outcome = it.Effect is { IsOfRefund: true } ? SimulatedOutcome.InternalError : SimulatedOutcome.Success,
        });
        if (it.Effect is { IsOfRefund: true }) world.Peers.SecondFal.Faults.ForPrompt(order.Prompt, new SimulatorFault { Outcome = SimulatedOutcome.InternalError });
        return new CrashJob(world, it, order);
    }

    /// <summary>The buyer sends his order; ends when he is answered or his connection breaks.</summary>
    public Task SendAsync(CancellationToken cancellationToken) => _answer = _world.SendAsync(Order, cancellationToken);

    /// <summary>After the crash: the buyer, unless he has gone, repeats his request until he is answered.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        var answer = await _answer;
        if (Case.IsForgotten) await _evidence.IsForgottenAsync(cancellationToken);
        if (answer is null && (!Case.IsBuyerGone || Case.IsForgotten))
        {
            // More than once, if need be: a connection to the killed process may still look alive.
            await Eventually.TrueAsync(async () => (answer = await _world.SendAsync(Order, cancellationToken)) is not null);
        }

        if (answer is not null) _evidence.IsAccepted(answer);
        await IsWellAsync(cancellationToken);
    }

    public async Task IsWellAsync(CancellationToken cancellationToken)
    {
        if (Case.Effect is { IsOfRefund: true })
        {
            await _evidence.IsRefundedOnceAsync(cancellationToken);
            return;
        }

        await _evidence.IsDeliveredAndChargedOnceAsync(Case.FirstLaneSubmits, Case.Effect?.SecondLaneSubmits ?? 0, cancellationToken);
        if (Case.Effect?.Processing is not null) await _evidence.IsLoserStoppedAsync(cancellationToken);
    }
}
