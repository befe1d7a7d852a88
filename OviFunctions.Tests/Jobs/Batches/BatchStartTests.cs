using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Jobs.Batches;
using OviFunctions.Media;
using OviFunctions.Orchestrations;
using OviFunctions.Tests.Media;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Jobs.Batches;

/// <summary>Batches between their claim and their orchestration, and what their first step sees.</summary>
[Collection(nameof(AzuriteTests))]
public sealed class BatchStartTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private static readonly VideoJobInput Batch = JobSamples.PaidJob with { Model = BatchModel.ModelName, Items = 2, PriceAtomic = 840_000 };

    private readonly MemoryRecordStore _records = new();
    private readonly MemoryTaskClient _client = new();
    private ImageIntake _images = null!;

    public async Task InitializeAsync() => _images = JobSamples.NewIntake(await azurite.NewContainerAsync());

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task ResumeAsync_InlineImages_RunsOnlyWhenAllOfThemWereStored()
    {
        var starter = new JobStarter(_records, new JobAliases(_records), _images);
        var claim = JobSamples.ClaimOf(Batch) with { InlineImage = true, InlineItems = [ItemId(0), ItemId(1)] };
        await starter.ClaimAsync(claim, default);
        await StoreImageAsync(0);

        Assert.Equal(ResumeResult.NoImage, await starter.ResumeAsync(_client, Batch.JobId, default));
        Assert.Empty(_client.InstanceIds);

        await StoreImageAsync(1);
        Assert.Equal(ResumeResult.Started, await starter.ResumeAsync(_client, Batch.JobId, default));
        Assert.Equal(nameof(BatchOrchestrator), (await _client.GetInstanceAsync(Batch.JobId))!.Name);
    }

    [Fact]
    public async Task PrepareItem_SellersModeration_SeesTheItemItsImageAndWhoBuys()
    {
        await OrderAsync();
        await StoreImageAsync(1);
        var judge = new Judge();

        var prepared = await new PrepareItem(new BatchItems(_records), new PrepareImage(_images, _records, judge)).Run(ItemId(1), default);

        Assert.Equal("content_refused", prepared.Problem!.Code);
        Assert.Equal(("second", Batch.Payment, "image/png"), (judge.Order!.Request.Prompt, judge.Order.Payment, judge.MediaType));
    }

    [Fact]
    public async Task ReadItem_OfABatch_IsItsOwnRequest()
    {
        await OrderAsync();

        var item = await new ReadItem(new BatchItems(_records)).Run(ItemId(0), default);

        Assert.Equal((ItemId(0), "first"), (item.JobId, item.Request.Prompt));
    }

    private static string ItemId(int index) => JobIdentity.Item(Batch.JobId, index);

    private async Task OrderAsync()
    {
        VideoJobInput[] items = [.. new[] { "first", "second" }.Select((prompt, i) => Batch with
        {
            JobId = ItemId(i), Request = Batch.Request with { Prompt = prompt, ImageUrl = null }, Payment = null, Items = null,
        })];
        await new BatchItems(_records).WriteAsync(Batch, new BatchRecord(items), default);
        await _records.TryCreateAsync(RecordNames.Claim(Batch.JobId), JobSamples.ClaimOf(Batch), default);
    }

    private async Task StoreImageAsync(int index)
    {
        var base64 = Convert.ToBase64String(MediaSample.Read("picture.png"));
        var image = new ImageSource.Inline(System.Text.Encoding.ASCII.GetBytes(base64));
        Assert.IsType<ImageResult.Stored>(await _images.StoreAsync(image, JobIds.ImageBlob(ItemId(index)), default));
    }

    private sealed class Judge : IOrderModeration
    {
        public VideoJobInput? Order { get; private set; }

        public string? MediaType { get; private set; }

        public Task<string?> RefuseAsync(VideoJobInput order, ImageContent? image, CancellationToken cancellationToken)
        {
            (Order, MediaType) = (order, image?.Image.MediaType);
            return Task.FromResult<string?>("Not this.");
        }
    }
}
