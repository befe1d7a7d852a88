using OviFunctions.Jobs;
using OviFunctions.Media;
using OviFunctions.Tests.Media;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Jobs;

/// <summary>Claims whose image came in the request: they can be resumed only when it was stored.</summary>
[Collection(nameof(AzuriteTests))]
public sealed class JobStarterImageTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private static readonly VideoJobInput Job = JobSamples.PaidJob with { Request = JobSamples.Request with { ImageUrl = null } };

    private readonly MemoryRecordStore _records = new();
    private readonly MemoryTaskClient _client = new();
    private ImageIntake _images = null!;
    private JobStarter _starter = null!;

    public async Task InitializeAsync()
    {
        _images = JobSamples.NewIntake(await azurite.NewContainerAsync());
        _starter = new JobStarter(_records, new JobAliases(_records), _images);
        await _starter.ClaimAsync(JobSamples.ClaimOf(Job) with { InlineImage = true }, default);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task ResumeAsync_ImageWasNeverStored_DoesNotRun()
    {
        Assert.Equal(ResumeResult.NoImage, await _starter.ResumeAsync(_client, Job.JobId, default));

        Assert.Empty(_client.InstanceIds);
        // A facilitator has seen the payment.
        Assert.Equal([RecordNames.Claim(Job.JobId), RecordNames.Unsettled(Job.JobId)], _records.Names);
    }

    [Fact]
    public async Task ResumeAsync_ImageWasStored_Runs()
    {
        var base64 = Convert.ToBase64String(MediaSample.Read("picture.png"));
        var image = new ImageSource.Inline(System.Text.Encoding.ASCII.GetBytes(base64));
        Assert.IsType<ImageResult.Stored>(await _images.StoreAsync(image, JobIds.ImageBlob(Job.JobId), default));

        Assert.Equal(ResumeResult.Started, await _starter.ResumeAsync(_client, Job.JobId, default));

        Assert.Equal([Job.JobId], _client.InstanceIds);
    }
}
