using System.Collections.Concurrent;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.EndToEnd.Crash;

/// <summary>
/// Runs every case, on several gateways at once because most of a case is waiting; the tests ask for the result of theirs.
/// </summary>
public sealed class CrashFixture : IAsyncLifetime
{
    private const int Gateways = 4;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly StackFixture _stack = new();
    private readonly Dictionary<string, TaskCompletionSource<CrashReport>> _results = CrashCase.All.ToDictionary(
        it => it.Name, _ => new TaskCompletionSource<CrashReport>(TaskCreationOptions.RunContinuationsAsynchronously));

    private readonly CancellationTokenSource _stopping = new();
    private readonly List<CrashWorld> _worlds = [];
    private Task _running = Task.CompletedTask;

    /// <summary>Exchanges that no effect describes.</summary>
    internal IEnumerable<string> Unknown => _worlds.SelectMany(world => world.Peers.Unknown);

    public async Task InitializeAsync()
    {
        await _stack.InitializeAsync();
        for (var number = 1; number <= Gateways; number++) _worlds.Add(await CrashWorld.StartAsync(_stack.Stack, number));

        var waves = new ConcurrentQueue<CrashWave>(CrashWave.All);
        _running = Task.WhenAll(_worlds.Select(world => Task.Run(() => RunAsync(world, waves))));
    }

    public async Task DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        foreach (var world in _worlds) await world.DisposeAsync();
        await _stack.DisposeAsync();
        _stopping.Dispose();
    }

    /// <summary>How a case went; throws what it threw.</summary>
    internal Task<CrashReport> ResultOf(CrashCase it) => _results[it.Name].Task;

    private async Task RunAsync(CrashWorld world, ConcurrentQueue<CrashWave> waves)
    {
        while (!_stopping.IsCancellationRequested && waves.TryDequeue(out var wave))
        {
            using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stopping.Token);
            try
            {
                foreach (var report in await wave.RunAsync(world, TimeProvider.System, either.Token))
                    _results[report.Case.Name].SetResult(report);
            }
            catch (Exception e)
            {
                foreach (var it in wave.Cases) _results[it.Name].SetException(new CrashFailure(it, world, e));
                await world.ResetAsync();
            }
        }
    }
}

/// <summary>A case that went wrong, with what its gateway wrote last.</summary>
internal sealed class CrashFailure(CrashCase it, CrashWorld world, Exception inner) : Exception(
    $"{it.Name}: {inner.Message}{Environment.NewLine}{string.Join(Environment.NewLine, world.LastWords.Select(line => "  | " + line))}", inner);
