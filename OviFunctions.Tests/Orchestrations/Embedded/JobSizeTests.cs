using System.Text;
using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Providers;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Orchestrations.Embedded;

/// <summary>What is stored of a job, as the engine stores it. Larger things are slow on Azure Storage, or wedge the instance.</summary>
public sealed class JobSizeTests
{
    private const int StatusLimit = 8 * 1024;
    private const int InputLimit = 20_000;

    private static readonly LanePlan[] TwoLanes =
        [Lane(new string('a', 32), LaneStart.AtOnce), Lane(new string('b', 32), LaneStart.AtOnce)];

    [Theory]
    [InlineData("delivered")]
    [InlineData("failed")]
    [InlineData("image")]
    public async Task CustomStatus_TwoLanesAndTheLongestError_IsUnder8KB(string end)
    {
        await using var gateway = await new PlayedGateway
        {
            // JSON writes this character as six bytes.
            Image = end == "image" ? new PreparedImage(null, new("url_refused", new string('<', 401))) : Image,
            Read = (id, _) => end != "delivered" ? FailedThere(FailureClass.InputUnreachable) : id == "r1.1" ? Finished() : StillRunning,
        }.StartAsync(PaidJob(TwoLanes));

        await gateway.EndAsync();

        var instance = await gateway.Host.GetAsync(JobId);
        Assert.InRange(Encoding.UTF8.GetByteCount(instance.SerializedCustomStatus!), 1, StatusLimit);
        Assert.Equal(end == "image" ? 0 : 2, (await gateway.StatusAsync()).Attempts.Count);
    }

    /// <summary>As many lanes as there are accounts, each of which comes back as often as it may.</summary>
    [Fact]
    public async Task CustomStatus_LanesThatComeBack_IsUnder8KB()
    {
        var turnedAway = Rejected(FailureClass.RateLimited);
        await using var gateway = await new PlayedGateway
        {
            Provider = _ => turnedAway with { Failure = turnedAway.Failure! with { RetryAfterSeconds = 1 } },
        }.StartAsync(PaidJob([.. Enumerable.Range(0, 6).Select(n => Lane(new string((char)('a' + n), 32)))]));

        Assert.Equal(10, (await gateway.EndAsync()).Attempts.Count);

        Assert.InRange(Encoding.UTF8.GetByteCount((await gateway.Host.GetAsync(JobId)).SerializedCustomStatus!), 1, StatusLimit);
    }

    [Fact]
    public async Task Input_LongestTextsInPlainLetters_IsUnder20KB()
    {
        var job = PaidJob(TwoLanes);
        await using var gateway = await new PlayedGateway().StartAsync(job with
        {
            Request = job.Request with
            {
                Prompt = new string('p', 4000),
                NegativePrompt = new string('n', 2000),
                AudioNegativePrompt = new string('n', 2000),
                ImageUrl = "https://e.com/" + new string('i', 4096 - 14),
                WebhookUrl = "https://e.com/" + new string('w', 2048 - 14),
                User = new string('u', 256),
                FalOptions = new Dictionary<string, string>
                {
                    ["no_retry"] = "false", ["object_lifecycle"] = "31536000", ["priority"] = "normal", ["start_timeout"] = "3599.999",
                },
            },
        });

        await gateway.EndAsync();

        Assert.All(
            await gateway.InstancesAsync(withInputs: true),
            i => Assert.InRange(Encoding.UTF8.GetByteCount(i.SerializedInput!), 1, InputLimit));
    }
}
