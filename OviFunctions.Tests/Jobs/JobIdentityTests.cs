using OviFunctions.Jobs;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Identity;
using OviFunctions.Tests.Payments;

namespace OviFunctions.Tests.Jobs;

public sealed class JobIdentityTests
{
    [Fact]
    public void ForApiKey_SameIdempotencyKey_IsTheSameJob()
    {
        var id = JobIdentity.ForApiKey("alice", "order-1");

        Assert.Equal(id, JobIdentity.ForApiKey("alice", "order-1"));
        Assert.NotEqual(id, JobIdentity.ForApiKey("alice", "order-2"));
        Assert.NotEqual(id, JobIdentity.ForApiKey("bob", "order-1"));
        Assert.True(JobIdentity.IsJobId(id));
    }

    [Fact]
    public void ForApiKey_KeysThatReadTheSameTogether_AreDifferentJobs() => Assert.NotEqual(
        JobIdentity.ForApiKey("a", "b|c")[^26..], JobIdentity.ForApiKey("a|b", "c")[^26..]);

    [Fact]
    public void ForApiKey_NoIdempotencyKey_IsANewJobEachTime() =>
        Assert.Equal(50, Enumerable.Range(0, 50).Select(_ => JobIdentity.ForApiKey("alice", null)).Distinct().Count());

    [Fact]
    public void BelongsToApiKey_JobsOfTheKey_AndNoOthers()
    {
        Assert.True(JobIdentity.BelongsToApiKey(JobIdentity.ForApiKey("alice", "x"), "alice"));
        Assert.True(JobIdentity.BelongsToApiKey(JobIdentity.ForApiKey("alice", null), "alice"));
        Assert.False(JobIdentity.BelongsToApiKey(JobIdentity.ForApiKey("bob", "x"), "alice"));
        Assert.False(JobIdentity.BelongsToApiKey(PaymentIdentity.JobId(EvmNetwork.Base, Samples.Buyer.Address, Samples.Nonce(1)), "alice"));
    }

    [Fact]
    public void BuyerPrefix_IsSharedByTheJobsOfOneBuyer()
    {
        var first = PaymentIdentity.JobId(EvmNetwork.Base, Samples.Buyer.Address, Samples.Nonce(1));
        var second = PaymentIdentity.JobId(EvmNetwork.Base, Samples.Buyer.Address, Samples.Nonce(2));
        var other = PaymentIdentity.JobId(EvmNetwork.Base, Samples.Stranger.Address, Samples.Nonce(1));

        Assert.Equal(PaymentIdentity.PayerPrefix(Samples.Buyer.Address), JobIdentity.BuyerPrefix(first));
        Assert.Equal(JobIdentity.BuyerPrefix(first), JobIdentity.BuyerPrefix(second));
        Assert.NotEqual(JobIdentity.BuyerPrefix(first), JobIdentity.BuyerPrefix(other));
        Assert.True(JobIdentity.IsJobId(first));
    }

    [Theory]
    [InlineData("")]
    [InlineData("job_")]
    [InlineData("job_aaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbb")] // 35
    [InlineData("job_aaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbbb")] // 37
    [InlineData("job_aaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbb1")] // no digit of base32
    [InlineData("job_AAAAAAAAAAbbbbbbbbbbbbbbbbbbbbbbbbbb")]
    [InlineData("att_aaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbb")]
    [InlineData("job_aaaaaaaaaa/../bbbbbbbbbbbbbbbbbbbbbb")]
    public void IsJobId_OtherTexts_AreNone(string text) => Assert.False(JobIdentity.IsJobId(text));

    [Fact]
    public void IsJobId_EveryDigit_IsTaken() => Assert.True(JobIdentity.IsJobId("job_abcdefghijklmnopqrstuvwxyz234567abcd"));
}
