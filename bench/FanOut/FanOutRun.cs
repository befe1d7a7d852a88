using System.Globalization;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Engine;

namespace OviFunctions.Bench.FanOut;

/// <summary>An instance with many activities at once.</summary>
/// <param name="Activities">How many.</param>
/// <param name="Work">How long each waits, without using a thread.</param>
internal sealed record FanOutLoad(int Activities, TimeSpan Work);

/// <summary>
/// Small instances of one activity each, one after another: first alone, then while another instance fans out, how long does the
/// activity wait for its begin? The engine's limits are its defaults, its database is on disk.
/// </summary>
/// <param name="database">The path of the database; there is none yet.</param>
/// <param name="fanOut">The other instance.</param>
/// <param name="seed">Gives the pauses between the small instances, so that they do not keep in step with the engine's commits.</param>
/// <param name="samples">How many small instances there are at least, alone and beside: there are as many fan-outs as it takes.</param>
/// <param name="output">Hears the figures.</param>
internal sealed class FanOutRun(string database, FanOutLoad fanOut, ulong seed, int samples, TextWriter output, TimeProvider time)
{
    private const int LongestPause = 10;
    private const double Limit = 100;

    private readonly Dice _dice = new(seed);
    private long _scheduledAt;
    private long _begunAt;

    /// <summary>Whether the fan-out adds less than the limit to the delay that 99 of 100 do not exceed.</summary>
    public async Task<bool> RunAsync()
    {
        var options = new EngineOptions { DatabasePath = database };
        await output.WriteLineAsync(
            $"Seed {seed}: a fan-out of {fanOut.Activities} activities that wait {fanOut.Work.TotalMilliseconds} ms each, "
            + $"{options.MaxConcurrentActivities} at once, on {Environment.ProcessorCount} processors");
        await using var engine = await BenchEngine.StartAsync(Functions(), options);
        var client = new EmbeddedDurableTaskClient(engine);
        await FanOutAsync(client, new Measure()); // until all code is compiled

        var (alone, beside) = (new Measure(), new Measure());
        while (alone.FromSchedule.Count < samples) await SampleAsync(client, alone);
        var fanOuts = new Delays();
        while (beside.FromSchedule.Count < samples)
        {
            var began = time.GetTimestamp();
            await FanOutAsync(client, beside);
            fanOuts.Add(time.GetElapsedTime(began));
        }

        await output.WriteLineAsync($"A fan-out from start to end: {fanOuts}");
        await output.WriteLineAsync("From the schedule of a small instance's activity to its begin");
        var isFair = await CompareAsync(alone.FromSchedule, beside.FromSchedule);
        await output.WriteLineAsync("From the acknowledgement of a small instance's start to its activity's begin");
        await CompareAsync(alone.FromStart, beside.FromStart);
        return isFair;
    }

    private FunctionTable Functions()
    {
        var table = new FunctionTable();
        table.Orchestrators["FanOut"] = async context =>
        {
            await Task.WhenAll(Enumerable.Range(0, fanOut.Activities).Select(n => context.CallActivityAsync<int>("Work", n)));
            return null;
        };
        table.Orchestrators["Small"] = async context =>
        {
            if (!context.IsReplaying) Volatile.Write(ref _scheduledAt, time.GetTimestamp());
            await context.CallActivityAsync("Begin");
            return null;
        };
        table.Activities["Work"] = async (call, cancellation) =>
        {
            await Task.Delay(fanOut.Work, time, cancellation);
            return call.Input;
        };
        table.Activities["Begin"] = (_, _) =>
        {
            Volatile.Write(ref _begunAt, time.GetTimestamp());
            return Task.FromResult<string?>(null);
        };
        return table;
    }

    /// <summary>Samples as long as the fan-out is under way.</summary>
    private async Task FanOutAsync(DurableTaskClient client, Measure measure)
    {
        var id = await client.ScheduleNewOrchestrationInstanceAsync("FanOut");
        var end = client.WaitForInstanceCompletionAsync(id);
        while (!end.IsCompleted) await SampleAsync(client, measure);
        if (await end is { RuntimeStatus: not OrchestrationRuntimeStatus.Completed } failed)
            throw new InvalidOperationException($"The fan-out has ended as {failed.RuntimeStatus}: {failed.FailureDetails}");
    }

    private async Task SampleAsync(DurableTaskClient client, Measure measure)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(_dice.Roll(0, LongestPause)), time);
        var id = await client.ScheduleNewOrchestrationInstanceAsync("Small");
        var startedAt = time.GetTimestamp();
        await client.WaitForInstanceCompletionAsync(id);
        var begunAt = Volatile.Read(ref _begunAt);
        measure.FromSchedule.Add(time.GetElapsedTime(Volatile.Read(ref _scheduledAt), begunAt));
        measure.FromStart.Add(time.GetElapsedTime(startedAt, begunAt));
    }

    private async Task<bool> CompareAsync(Delays alone, Delays beside)
    {
        var added = beside.Percentile(99) - alone.Percentile(99);
        await output.WriteLineAsync($"  alone               {alone}");
        await output.WriteLineAsync($"  beside the fan-out  {beside}");
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"  added at p99        {added:F1} ms (limit {Limit} ms)"));
        return added < Limit;
    }

    private sealed record Measure
    {
        public Delays FromSchedule { get; } = new();

        public Delays FromStart { get; } = new();
    }
}
