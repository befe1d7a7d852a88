using OviFunctions.Http;
using OviFunctions.Jobs;
using OviFunctions.Secrets;
using OviFunctions.Tests.Secrets;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Http;

/// <summary>Who may read a job.</summary>
public sealed class JobAccessTests
{
    private static readonly string Job = JobIdentity.ForApiKey("alice", "order-1");

    private readonly JobSecrets _secrets = new(KeyRingTests.Of("k1"));
    private readonly JobAccess _access;

    public JobAccessTests() => _access = new JobAccess(_secrets, new ApiKeys(TestSettings.Read(("ApiKeys:1:Id", "bob"), ("ApiKeys:1:Sha256", new string('b', 64))), new ManualTimeProvider()));

    [Fact]
    public void MayRead_TokenOfTheJob_Opens() => Assert.True(MayRead(Job, $"Bearer {_secrets.JobToken("k1", Job)}"));

    [Fact]
    public void MayRead_TokenOfAnotherJob_DoesNot() => Assert.False(MayRead(Job, $"Bearer {_secrets.JobToken("k1", JobSamples.PaidJob.JobId)}"));

    [Fact]
    public void MayRead_ApiKeyThatOrdered_Opens() => Assert.True(MayRead(Job, $"Bearer {TestSettings.ApiKey}"));

    [Fact]
    public void MayRead_ApiKeyOfAnotherBuyer_DoesNot()
    {
        Assert.False(MayRead(JobIdentity.ForApiKey("bob", "order-1"), $"Bearer {TestSettings.ApiKey}"));
        Assert.False(MayRead(JobSamples.PaidJob.JobId, $"Bearer {TestSettings.ApiKey}"));
    }

    [Fact]
    public void MayRead_NoHeader_DoesNot() => Assert.False(_access.MayRead(new HttpExchange().Request, Job));

    [Theory]
    [InlineData("Basic b3ZpOng=")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("ovt_k1_x")]
    [InlineData("Bearer ovt_k1_x")]
    [InlineData("Bearer a,Bearer b")]
    public void MayRead_OtherHeader_DoesNot(string header) => Assert.False(MayRead(Job, header));

    [Fact]
    public void MayRead_TwoHeaders_DoNot()
    {
        var exchange = new HttpExchange("GET", "/", ("Authorization", $"Bearer {TestSettings.ApiKey}"), ("Authorization", "Bearer x"));

        Assert.False(_access.MayRead(exchange.Request, Job));
    }

    [Theory]
    [InlineData("job_1")]
    [InlineData("../" + JobSamples.KeyJobId)]
    [InlineData("hook_" + JobSamples.KeyJobId + "_job.running")]
    public void MayRead_IdThatIsNoJobs_DoesNotEvenWithItsToken(string id) => Assert.False(MayRead(id, $"Bearer {_secrets.JobToken("k1", id)}"));

    [Theory]
    [InlineData("Bearer abc", "abc")]
    [InlineData("bearer abc", "abc")]
    [InlineData("BEARER   abc ", "abc")]
    [InlineData("Bearer a.b_c-d~e+f/g==", "a.b_c-d~e+f/g==")]
    [InlineData("Basic abc", null)]
    [InlineData("Bearer", null)]
    [InlineData("", null)]
    public void BearerToken_Header_IsReadByItsScheme(string header, string? token) =>
        Assert.Equal(token, JobAccess.BearerToken(new HttpExchange("GET", "/", ("Authorization", header)).Request));

    private bool MayRead(string jobId, string header) => _access.MayRead(new HttpExchange("GET", "/", ("Authorization", header)).Request, jobId);
}
