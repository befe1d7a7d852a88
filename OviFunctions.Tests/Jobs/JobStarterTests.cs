using Microsoft.DurableTask.Client;
using OviFunctions.Jobs;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Jobs;

public sealed class JobStarterTests
{
    private static readonly VideoJobInput Job = JobSamples.PaidJob;
    private static readonly VideoJobInput Other = JobSamples.PaidJobOf(2);

    private readonly MemoryRecordStore _records = new();
    private readonly MemoryTaskClient _client = new();
    private readonly JobStarter _starter;

    public JobStarterTests() => _starter = new JobStarter(_records, new JobAliases(_records), JobSamples.NewIntake());

    [Fact]
    public async Task ClaimAsync_NewId_IsFirst()
    {
        var (claim, isFirst) = await _starter.ClaimAsync(JobSamples.ClaimOf(Job, "k"), default);

        Assert.True(isFirst);
        Assert.Equal(Job.JobId, claim.Input.JobId);
        Assert.Equal([RecordNames.Claim(Job.JobId), RecordNames.OpenClaim(Job.JobId)], _records.Names);
    }

    [Fact]
    public async Task ClaimAsync_IdTaken_TheFirstClaimStands()
    {
        await _starter.ClaimAsync(JobSamples.ClaimOf(Job), default);

        var (claim, isFirst) = await _starter.ClaimAsync(JobSamples.ClaimOf(Job with { Fingerprint = "v1:other" }), default);

        Assert.False(isFirst);
        Assert.Equal("v1:f", claim.Input.Fingerprint);
    }

    [Fact]
    public async Task ClaimAsync_TwentyAtOnce_OneIsFirst()
    {
        _records.Before = async (_, _) => await Task.Yield();

        var claims = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            Task.Run(() => _starter.ClaimAsync(JobSamples.ClaimOf(Job with { Fingerprint = $"v1:{i}" }), default))));

        var winner = Assert.Single(claims, c => c.IsFirst).Claim;
        Assert.All(claims, c => Assert.Equal(winner.Input.Fingerprint, c.Claim.Input.Fingerprint));
    }

    [Fact]
    public async Task ClaimAsync_CrashBetweenTheRecords_NeverLeavesAClaimWithoutItsMarker()
    {
        _records.Before = (call, name) => call == RecordCall.Create && name.StartsWith("claims/", StringComparison.Ordinal)
            ? throw new InvalidOperationException("crash")
            : Task.CompletedTask;

        await Assert.ThrowsAsync<InvalidOperationException>(() => _starter.ClaimAsync(JobSamples.ClaimOf(Job), default));

        Assert.Equal([RecordNames.OpenClaim(Job.JobId)], _records.Names);
    }

    [Fact]
    public async Task StartAsync_Claim_RunsItAndTakesTheMarkerAway()
    {
        var (claim, _) = await _starter.ClaimAsync(JobSamples.ClaimOf(Job, "k1", "k2"), default);

        Assert.Equal(Job.JobId, await _starter.StartAsync(_client, claim, default));

        Assert.Equal([Job.JobId], _client.InstanceIds);
        Assert.Equal(Job.Payment, _client.InputOf(Job.JobId).Payment);
        Assert.Equal(["aliases/k1", "aliases/k2", RecordNames.Claim(Job.JobId), RecordNames.Unsettled(Job.JobId)], _records.Names);
    }

    [Theory]
    [InlineData(OrchestrationRuntimeStatus.Running)]
    [InlineData(OrchestrationRuntimeStatus.Completed)]
    [InlineData(OrchestrationRuntimeStatus.Failed)]
    [InlineData(OrchestrationRuntimeStatus.Terminated)]
    public async Task StartAsync_Again_NeverReplacesAnInstance(OrchestrationRuntimeStatus runtime)
    {
        var (claim, _) = await _starter.ClaimAsync(JobSamples.ClaimOf(Job), default);
        var status = new JobStatus { State = JobState.Running, Transaction = "0x1" };
        _client.Add(Job, status, runtime);

        Assert.Equal(Job.JobId, await _starter.StartAsync(_client, claim, default));

        var instance = (await _client.GetInstanceAsync(Job.JobId, getInputsAndOutputs: true, default))!;
        Assert.Equal((runtime, "0x1"), (instance.RuntimeStatus, instance.ReadCustomStatusAs<JobStatus>()!.Transaction));
        Assert.DoesNotContain(RecordNames.OpenClaim(Job.JobId), _records.Names);
    }

    [Fact]
    public async Task StartAsync_AliasOfAnotherJob_IsSupersededAndNotStarted()
    {
        var (first, _) = await _starter.ClaimAsync(JobSamples.ClaimOf(Other, "k"), default);
        await _starter.StartAsync(_client, first, default);
        var (claim, _) = await _starter.ClaimAsync(JobSamples.ClaimOf(Job, "k"), default);

        Assert.Equal(Other.JobId, await _starter.StartAsync(_client, claim, default));

        Assert.Equal([Other.JobId], _client.InstanceIds);
        Assert.DoesNotContain(RecordNames.OpenClaim(Job.JobId), _records.Names);
        var standing = (await _records.ReadAsync<Claim>(RecordNames.Claim(Job.JobId), default))!.Value;
        Assert.Equal(Other.JobId, standing.SupersededBy);
        Assert.Equal(Other.JobId, await _starter.StartAsync(_client, standing, default));
        Assert.Equal([Other.JobId], _client.InstanceIds);
    }

    [Fact]
    public async Task StartAsync_JobOfAnApiKey_HasNoMoneyToFollow()
    {
        var (claim, _) = await _starter.ClaimAsync(JobSamples.ClaimOf(JobSamples.KeyJob), default);

        await _starter.StartAsync(_client, claim, default);

        Assert.Equal([RecordNames.Claim(JobSamples.KeyJobId)], _records.Names);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task StartAsync_CrashAtAnyWrite_NeverLeavesAPaymentWithoutAMarker(bool aliasIsAnothers)
    {
        if (aliasIsAnothers) await _records.TryCreateAsync(RecordNames.Alias("k"), new AliasRecord(Other.JobId), default);
        var (claim, _) = await _starter.ClaimAsync(JobSamples.ClaimOf(Job, "k"), default);
        var calls = 0;
        for (var crashAt = 1; ; crashAt++)
        {
            calls = 0;
            _records.Before = (_, _) => ++calls == crashAt ? throw new IOException("crash") : Task.CompletedTask;
            var crash = await Record.ExceptionAsync(() => _starter.StartAsync(_client, claim, default));
            _records.Before = null;
            Assert.True(
                _records.Names.Contains(RecordNames.OpenClaim(Job.JobId)) || _records.Names.Contains(RecordNames.Unsettled(Job.JobId)),
                $"After a crash at call {crashAt} nobody follows the payment.");
            if (crash is null) break;
        }

        Assert.True(calls >= 3);
        Assert.Contains(RecordNames.Unsettled(Job.JobId), _records.Names);
        Assert.DoesNotContain(RecordNames.OpenClaim(Job.JobId), _records.Names);
    }

    [Fact]
    public async Task StartAsync_StartFails_MarkerStaysForTheSweeper()
    {
        var (claim, _) = await _starter.ClaimAsync(JobSamples.ClaimOf(Job), default);
        _client.BeforeStart = _ => throw new TimeoutException();

        await Assert.ThrowsAsync<TimeoutException>(() => _starter.StartAsync(_client, claim, default));

        Assert.Contains(RecordNames.OpenClaim(Job.JobId), _records.Names);
    }

    [Fact]
    public async Task ResumeAsync_ClaimThatWasNotStarted_IsStarted()
    {
        await _starter.ClaimAsync(JobSamples.ClaimOf(Job), default);

        Assert.Equal(ResumeResult.Started, await _starter.ResumeAsync(_client, Job.JobId, default));

        Assert.Equal([Job.JobId], _client.InstanceIds);
        Assert.Equal([RecordNames.Claim(Job.JobId), RecordNames.Unsettled(Job.JobId)], _records.Names);
    }

    [Fact]
    public async Task ResumeAsync_StartedButMarked_OnlyTakesTheMarkerAway()
    {
        await _starter.ClaimAsync(JobSamples.ClaimOf(Job), default);
        _client.Add(Job, new JobStatus { State = JobState.Running });

        Assert.Equal(ResumeResult.Started, await _starter.ResumeAsync(_client, Job.JobId, default));

        Assert.Equal([RecordNames.Claim(Job.JobId), RecordNames.Unsettled(Job.JobId)], _records.Names);
    }

    [Fact]
    public async Task ResumeAsync_MarkerWithoutClaim_IsNothingPromised()
    {
        await _records.TryCreateAsync(RecordNames.OpenClaim(Job.JobId), new AliasRecord(Job.JobId), default);

        Assert.Equal(ResumeResult.NoClaim, await _starter.ResumeAsync(_client, Job.JobId, default));

        Assert.Empty(_records.Names);
        Assert.Empty(_client.InstanceIds);
    }

    [Fact]
    public async Task ResumeAsync_SupersededButMarked_IsLeftAloneFromThenOn()
    {
        // A crash between the two writes; the marker was found every minute for ever.
        await _starter.ClaimAsync(JobSamples.ClaimOf(Job) with { SupersededBy = Other.JobId }, default);

        Assert.Equal(ResumeResult.Superseded, await _starter.ResumeAsync(_client, Job.JobId, default));

        Assert.Equal([RecordNames.Claim(Job.JobId), RecordNames.Unsettled(Job.JobId)], _records.Names);
        Assert.Empty(_client.InstanceIds);
    }

    [Fact]
    public async Task ResumeAsync_JobThatHasEndedAndIsGoneFromTheEngine_IsNotRunAgain()
    {
        // It was paid and delivered; another run would buy its video a second time.
        await _starter.ClaimAsync(JobSamples.ClaimOf(Job), default);
        await _records.TryCreateAsync(
            RecordNames.Outcome(Job.JobId), JobSamples.OutcomeOf(Job, JobOutcome.Delivered, transaction: JobSamples.Transaction), default);

        Assert.Equal(ResumeResult.Finished, await _starter.ResumeAsync(_client, Job.JobId, default));

        Assert.Empty(_client.InstanceIds);
        Assert.DoesNotContain(RecordNames.OpenClaim(Job.JobId), _records.Names);
    }

    [Fact]
    public async Task ResumeAsync_AliasTakenMeanwhile_IsSuperseded()
    {
        await _starter.ClaimAsync(JobSamples.ClaimOf(Job, "k"), default);
        await _records.TryCreateAsync(RecordNames.Alias("k"), new AliasRecord(Other.JobId), default);

        Assert.Equal(ResumeResult.Superseded, await _starter.ResumeAsync(_client, Job.JobId, default));

        Assert.Empty(_client.InstanceIds);
        Assert.DoesNotContain(RecordNames.OpenClaim(Job.JobId), _records.Names);
    }
}
