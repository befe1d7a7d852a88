using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Engine;

/// <summary>
/// Orchestrators whose code does not come back from an episode: an endless loop, or a wait that blocks. .NET cannot stop it; it keeps a
/// thread and one of the places for episodes until the process ends. So an operator has to know.
/// </summary>
/// <param name="stopwatch">A clock that nobody sets.</param>
/// <param name="logger">Hears of each once.</param>
internal sealed partial class Runaways(TimeProvider stopwatch, ILogger<Runaways> logger) : IDisposable
{
    /// <summary>An episode is a matter of milliseconds.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<long, Run> _running = new();
    private ITimer? _timer;

    /// <summary>Those that run at the moment, the longest first.</summary>
    public IReadOnlyList<InstanceRecord> Found =>
        [.. _running.Values.Where(IsRunaway).OrderBy(run => run.Began).Select(run => run.Instance)];

    public void Start() => _timer = stopwatch.CreateTimer(_ => Look(), null, BetweenLooks, BetweenLooks);

    public void Dispose() => _timer?.Dispose();

    /// <summary>Its code begins to run; dispose the result when it has come back.</summary>
    public Run Begin(InstanceRecord instance)
    {
        var run = new Run(this, instance, stopwatch.GetTimestamp());
        _running[instance.Key] = run;
        return run;
    }

    private bool IsRunaway(Run run) => stopwatch.GetElapsedTime(run.Began) >= Patience;

    private void Look()
    {
        foreach (var run in _running.Values)
        {
            if (run.IsReported || !IsRunaway(run)) continue;
            run.IsReported = true;
            LogRunaway(run.Instance.Name, run.Instance.Id, Patience);
        }
    }

    /// <summary>One episode's code.</summary>
    internal sealed class Run(Runaways owner, InstanceRecord instance, long began) : IDisposable
    {
        public InstanceRecord Instance => instance;

        public long Began => began;

        public bool IsReported { get; set; }

        public void Dispose() => owner._running.TryRemove(instance.Key, out _);
    }

    [LoggerMessage(1, LogLevel.Critical,
        "Orchestrator {Orchestrator} (instance {InstanceId}) has not come back from an episode for {Patience}. It loops without end, or blocks. "
        + "It keeps a thread until the process ends; terminate the instance and mend the code")]
    private partial void LogRunaway(string orchestrator, string instanceId, TimeSpan patience);
}
