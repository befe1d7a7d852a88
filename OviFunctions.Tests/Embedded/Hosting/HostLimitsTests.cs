using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OviFunctions.Tests.Embedded.Hosting.Support;

namespace OviFunctions.Tests.Embedded.Hosting;

/// <summary>The limits in host.json, as functions notice them.</summary>
public sealed class HostLimitsTests : IDisposable
{
    private const int Calls = 8;

    private readonly TestFolder _folder = new();
    private readonly Turnstile _turnstile = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public Task MaxConcurrentActivityFunctions_Three_ThreeRunAtOnceAndNeverMore() => RunAsync("maxConcurrentActivityFunctions", 3, async client =>
        [await client.ScheduleNewOrchestrationInstanceAsync(nameof(LimitedFunctions.ManyActivities))]);

    [Fact]
    public Task MaxConcurrentOrchestratorFunctions_Two_TwoRunAtOnceAndNeverMore() => RunAsync("maxConcurrentOrchestratorFunctions", 2, async client =>
    {
        var ids = new List<string>();
        while (ids.Count < Calls) ids.Add(await client.ScheduleNewOrchestrationInstanceAsync(nameof(LimitedFunctions.LongOrchestrator)));
        return ids;
    });

    private async Task RunAsync(string limitName, int limit, Func<DurableTaskClient, Task<IReadOnlyList<string>>> start)
    {
        _folder.Write("host.json", $$"""{ "version": "2.0", "extensions": { "durableTask": { "{{limitName}}": {{limit}} } } }""");
        var builder = TestApp.CreateBuilder(_folder, typeof(LimitedFunctions));
        builder.Services.AddSingleton(_turnstile);
        using var host = builder.Build();
        await host.StartAsync();
        var client = host.Services.GetRequiredService<DurableTaskClient>();
        var ids = await start(client);

        for (var left = 0; left < Calls; left++)
        {
            await Eventually.TrueAsync(() => _turnstile.Entered >= Math.Min(limit + left, Calls));
            _turnstile.LetOneLeave();
        }

        foreach (var id in ids)
        {
            var end = await client.WaitForInstanceCompletionAsync(id);
            Assert.Equal(OrchestrationRuntimeStatus.Completed, end.RuntimeStatus);
        }

        Assert.Equal((Calls, limit), (_turnstile.Entered, _turnstile.Most));
        await host.StopAsync();
    }

    /// <summary>Counts who is in, and lets nobody leave unless told to.</summary>
    internal sealed class Turnstile
    {
        private readonly Lock _gate = new();
        private readonly SemaphoreSlim _exits = new(0);
        private int _inside;

        public int Entered { get; private set; }

        /// <summary>How many were in at once.</summary>
        public int Most { get; private set; }

        public void LetOneLeave() => _exits.Release();

        public async Task PassAsync(CancellationToken cancellationToken)
        {
            Enter();
            await _exits.WaitAsync(cancellationToken);
            Leave();
        }

        public void Pass()
        {
            Enter();
            _exits.Wait();
            Leave();
        }

        private void Enter()
        {
            lock (_gate)
            {
                Entered++;
                Most = Math.Max(Most, ++_inside);
            }
        }

        private void Leave()
        {
            lock (_gate) _inside--;
        }
    }

    internal sealed class LimitedFunctions(Turnstile turnstile)
    {
        [Function(nameof(ManyActivities))]
        public static Task ManyActivities([OrchestrationTrigger] TaskOrchestrationContext context) =>
            Task.WhenAll(Enumerable.Range(0, Calls).Select(_ => context.CallActivityAsync(nameof(LongActivity))));

        [Function(nameof(LongActivity))]
        public Task LongActivity([ActivityTrigger] string? nothing, CancellationToken cancellationToken) => turnstile.PassAsync(cancellationToken);

        [Function(nameof(LongOrchestrator))]
        public Task LongOrchestrator([OrchestrationTrigger] TaskOrchestrationContext context)
        {
            turnstile.Pass();
            return Task.CompletedTask;
        }
    }
}
