using Microsoft.Azure.Functions.Worker;
using OviFunctions.Functions;
using OviFunctions.Jobs;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Functions;

/// <summary>Claims that a crash left without an orchestration.</summary>
public sealed class SweepFunctionTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryTaskClient _client = new();
    private readonly LogSink<SweepFunction> _log = new();
    private readonly MemoryRecordStore _records;
    private readonly JobStarter _starter;
    private readonly SweepFunction _function;

    public SweepFunctionTests()
    {
        _records = new MemoryRecordStore(_clock);
        _starter = new JobStarter(_records, new JobAliases(_records), JobSamples.NewIntake());
        _function = new SweepFunction(_records, _starter, _clock, _log);
    }

    [Fact]
    public async Task Run_ClaimThatWasLeft_IsStartedAfterTwoMinutes()
    {
        await ClaimAsync(1);

        _clock.Advance(TimeSpan.FromSeconds(119));
        await RunAsync();
        Assert.Empty(_client.InstanceIds); // its request may still be at it

        _clock.Advance(TimeSpan.FromSeconds(1));
        await RunAsync();
        Assert.Equal([JobSamples.PaidJobOf(1).JobId], _client.InstanceIds);

        await RunAsync();
        Assert.Single(_log.Lines);
        Assert.Contains("Started", _log.Lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_OneClaimThatCannotBeResumed_DoesNotKeepTheOthersFromIt()
    {
        string[] ids = [await ClaimAsync(1), await ClaimAsync(2), await ClaimAsync(3)];
        var broken = ids.Order(StringComparer.Ordinal).First();
        _clock.Advance(TimeSpan.FromMinutes(3));
        _records.Before = (call, name) => call == RecordCall.Read && name == RecordNames.Claim(broken)
            ? throw new System.Text.Json.JsonException("a record of another release")
            : Task.CompletedTask;

        await RunAsync();

        Assert.Equal(ids.Where(id => id != broken).Order(StringComparer.Ordinal), _client.InstanceIds);
        Assert.Contains(_log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal) && line.Contains(broken, StringComparison.Ordinal));

        _records.Before = null;
        await RunAsync();
        Assert.Contains(broken, _client.InstanceIds);
    }

    [Fact]
    public async Task Run_HostStops_Ends()
    {
        await ClaimAsync(1);
        _clock.Advance(TimeSpan.FromMinutes(3));
        using var stopping = new CancellationTokenSource();
        await stopping.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _function.RunAsync(new TimerInfo(), _client, stopping.Token));
    }

    private async Task<string> ClaimAsync(byte nonce)
    {
        var job = JobSamples.PaidJobOf(nonce);
        await _starter.ClaimAsync(JobSamples.ClaimOf(job), default);
        return job.JobId;
    }

    private Task RunAsync() => _function.RunAsync(new TimerInfo(), _client, default);
}
