using OviFunctions.Payments.Facilitators;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Payments.Facilitators;

/// <summary>What all machines remember of a facilitator that lied.</summary>
public sealed class FacilitatorTrustTests
{
    private static readonly SettleStatement Said = new("liar.example", "0xab", Samples.Now.AddMinutes(-3));

    private readonly ManualTimeProvider _clock = new(Samples.Now);
    private readonly MemoryRecordStore _records = new();
    private readonly LogSink<FacilitatorTrust> _log = new();
    private readonly FacilitatorTrust _trust;

    public FacilitatorTrustTests() => _trust = NewMachine();

    [Fact]
    public async Task TakeOutAsync_Lie_IsAnAlarmOnceAndKnownToEveryMachine()
    {
        await _trust.TakeOutAsync("job_a", Said, default);
        await NewMachine().TakeOutAsync("job_b", Said with { Transaction = "0xcd" }, default);

        Assert.Equal([new FacilitatorLie("liar.example", "job_a", "0xab", Samples.Now)], await NewMachine().OutOfUseAsync(default));
        var line = Assert.Single(_log.Lines);
        Assert.StartsWith("Critical: Facilitator liar.example said that it settled job job_a in 0xab", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PutBackAsync_OldStatements_AreForgiven_AndNewLiesAreNot()
    {
        await _trust.TakeOutAsync("job_a", Said, default);
        Assert.True(await _trust.PutBackAsync("liar.example", default));
        Assert.False(await _trust.PutBackAsync("liar.example", default));

        await _trust.TakeOutAsync("job_b", Said with { At = Samples.Now }, default);
        Assert.Empty(await _trust.OutOfUseAsync(default));

        await _trust.TakeOutAsync("job_c", Said with { At = Samples.Now.AddSeconds(1) }, default);
        Assert.Equal("job_c", Assert.Single(await _trust.OutOfUseAsync(default)).JobId);
    }

    [Fact]
    public async Task PutBackAsync_UnknownName_IsFalseAndLeavesTheOthersOut()
    {
        await _trust.TakeOutAsync("job_a", Said, default);

        Assert.False(await _trust.PutBackAsync("other.example", default));

        Assert.Single(await _trust.OutOfUseAsync(default));
    }

    [Fact]
    public async Task SuspectAsync_OneForEachFacilitator_UntilItIsClearedOrFoundOut()
    {
        var suspicion = new FacilitatorSuspicion("job_a", Said);
        await _trust.SuspectAsync(suspicion, default);
        await _trust.SuspectAsync(suspicion with { JobId = "job_b" }, default);
        Assert.Equal([suspicion], await _trust.SuspicionsAsync(default));

        await _trust.ClearAsync(suspicion, default);
        Assert.Empty(await _trust.SuspicionsAsync(default));

        await _trust.SuspectAsync(suspicion, default);
        await _trust.TakeOutAsync("job_a", Said, default);
        Assert.Empty(await _trust.SuspicionsAsync(default));
    }

    private FacilitatorTrust NewMachine() => new(_records, _clock, _log);
}
