using System.Globalization;
using OviFunctions.DevStack;

namespace OviFunctions.Tests.EndToEnd.Crash;

/// <summary>How a case went.</summary>
internal sealed record CrashReport(CrashCase Case, int Gateway, TimeSpan UntilKilled, TimeSpan Total)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Case.Name,-38} killed after {UntilKilled.TotalSeconds,5:0.00} s, all well after {Total.TotalSeconds,5:0.00} s (gateway {Gateway})");
}

/// <summary>A few jobs whose gateway is killed once, when each of them is at its point: starting it is what takes long.</summary>
internal sealed class CrashWave(IReadOnlyList<CrashCase> cases)
{
    private const int Largest = 6;
    private const int Killed = 128 + 9;

    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<CrashCase> Cases => cases;

    private CrashCase First => cases[0];

    /// <summary>
    /// All cases: those whose exchange names its job in waves of neighbours, which come to their points at about the same
    /// time; the others alone.
    /// </summary>
    public static IEnumerable<CrashWave> All => CrashCase.All
        .GroupBy(it => it.Effect is { IsAnonymous: false, Trigger: Trigger.Order, OncePerProcess: false } && it.Commit == 0
            ? $"{string.Join(' ', it.Settings.Select(setting => setting.ToString()).Order())} {it.IsBuyerGone} {it.Effect.IsOfRefund}"
            : it.Name)
        .SelectMany(group => group.Chunk(Largest))
        .Select(chunk => new CrashWave(chunk));

    /// <exception cref="Exception">A point was not reached, or something is not as it should be afterwards.</exception>
    public async Task<IReadOnlyList<CrashReport>> RunAsync(CrashWorld world, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var jobs = new List<CrashJob>();
        foreach (var it in cases) jobs.Add(await CrashJob.PrepareAsync(world, it));

        await CrashAsync(world, jobs, cancellationToken);
        var untilKilled = time.GetElapsedTime(started);
        await world.StartGatewayAsync(
            First.IsBuyerGone ? First.SettingsAfter.With(CrashSettings.MinutesLater) : First.SettingsAfter, cancellationToken);
        _released.SetResult();

        return await Task.WhenAll(jobs.Select(async job =>
        {
            await job.FinishAsync(cancellationToken);
            return new CrashReport(job.Case, world.Number, untilKilled, time.GetElapsedTime(started));
        }));
    }

    /// <summary>Brings every job to its point and kills the gateway there.</summary>
    private async Task CrashAsync(CrashWorld world, IReadOnlyList<CrashJob> jobs, CancellationToken cancellationToken)
    {
        if (First.Effect is not { } effect)
        {
            await world.UseNewGatewayAsync(First.Settings, cancellationToken);
            _ = jobs[0].SendAsync(cancellationToken);
            Assert.Equal(Killed, await world.Gateway.WaitForExitAsync(cancellationToken));
            return;
        }

        if (effect.OncePerProcess) await world.UseNewGatewayAsync(First.Settings, cancellationToken);
        else if (effect.Trigger != Trigger.GatewayStart) await world.UseGatewayAsync(First.Settings, cancellationToken);
        switch (effect.Trigger)
        {
            case Trigger.Order:
                await KillWhenAsync(job => job.Case.Point, job => job.SendAsync(cancellationToken));
                break;
            case Trigger.GatewayStart:
                await world.KillGatewayAsync();
                await KillWhenAsync(job => job.Case.Point, _ => StartAsync(First.Settings, "health/live"), whenStarted: true);
                break;
            case Trigger.HealthCheck:
                await KillWhenAsync(
                    job => job.Case.Point, job => world.GetAsync(GatewayOptions.Ready, job.Order.JobId, cancellationToken));
                break;
            case Trigger.Download:
                _ = jobs[0].SendAsync(cancellationToken);
                await jobs[0].IsWellAsync(cancellationToken);
                await KillWhenAsync(
                    job => job.Case.Point, job => world.GetAsync(job.Order.ContentPath, job.Order.JobId, cancellationToken));
                break;
            case Trigger.Restart:
                await KillWhenAsync(_ => effect.Prelude!.Value, job => job.SendAsync(cancellationToken));
                var settings = effect.MinutesLater ? First.Settings.With(CrashSettings.MinutesLater) : First.Settings;
                await KillWhenAsync(job => job.Case.Point, _ => StartAsync(settings, GatewayOptions.Ready), whenStarted: true);
                break;
        }

        Task StartAsync(IReadOnlyDictionary<string, string> settings, string readyPath) =>
            world.StartGatewayAsync(settings, cancellationToken, readyPath);

        async Task KillWhenAsync(Func<CrashJob, CrashPoint> point, Func<CrashJob, Task> cause, bool whenStarted = false)
        {
            var holds = jobs.Select(job => (Rule: world.Peers.Hold(point(job), job.Order, _released.Task), Point: point(job))).ToList();
            var caused = jobs.Select(cause).ToList();
            foreach (var hold in holds) await ReachedAsync(hold.Rule.Reached, hold.Point);
            if (whenStarted) await Task.WhenAll(caused);
            await world.KillGatewayAsync();
        }

        async Task ReachedAsync(Task reached, CrashPoint point)
        {
            try
            {
                await reached.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException e)
            {
                throw new InvalidOperationException($"{point} was not reached.", e);
            }
        }
    }
}
