using OviFunctions.Embedded.Hosting.Discovery;

namespace OviFunctions.Embedded.Hosting.Timers;

/// <summary>Starts and stops the timers of an app.</summary>
internal sealed class TimerHost(FunctionCatalog catalog, TimerRunner runner) : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    public void Start() =>
        _running = Task.WhenAll(catalog.Functions.OfType<TimerFunction>().Select(f => Task.Run(() => runner.RunAsync(f, _stopping.Token))));

    /// <summary>Cancels what runs and waits for it, until the token is cancelled too.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _stopping.Dispose();
}
