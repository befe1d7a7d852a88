using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using OviFunctions.Storage;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Storage;

/// <summary>Records in Azurite.</summary>
[Collection(nameof(AzuriteTests))]
public sealed class BlobRecordStoreTests(AzuriteFixture azurite) : RecordStoreContract, IAsyncLifetime
{
    private BlobContainerClient _container = null!;
    private IRecordStore _store = null!;

    protected override IRecordStore Store => _store;

    public async Task InitializeAsync()
    {
        _container = await azurite.NewContainerAsync();
        _store = new BlobRecordStore(_container);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task TryCreateAsync_AnswerLost_RepeatOfTheSdkIsStillOurs()
    {
        // The blob is written, the connection breaks, the SDK writes again and is told that the blob is there.
        var losses = new LostAnswers();
        var store = await NewStoreAsync(losses);

        Assert.True(await store.TryCreateAsync("claims/a", new Note("mine", 1), default));

        Assert.Equal(2, losses.Writes);
        Assert.Equal("mine", (await store.ReadAsync<Note>("claims/a", default))!.Value.Text);
        Assert.False(await store.TryCreateAsync("claims/a", new Note("other", 2), default));
    }

    [Fact]
    public async Task TryReplaceAsync_AnswerLost_RepeatOfTheSdkIsStillOurs()
    {
        var losses = new LostAnswers { Skip = 1 };
        var store = await NewStoreAsync(losses);
        await store.TryCreateAsync("a", new Note("first", 1), default);
        var version = (await store.ReadAsync<Note>("a", default))!.Version;

        Assert.True(await store.TryReplaceAsync("a", new Note("second", 2), version, default));

        Assert.Equal(3, losses.Writes);
        Assert.Equal("second", (await store.ReadAsync<Note>("a", default))!.Value.Text);
    }

    [Fact]
    public async Task TryCreateAsync_RequestLostAndSomebodyElseWasFirst_IsNotOurs()
    {
        var losses = new LostAnswers { BeforePeer = true };
        var store = await NewStoreAsync(losses);
        losses.Meanwhile = async container => Assert.True(await new BlobRecordStore(container).TryCreateAsync("a", new Note("other", 2), default));

        Assert.False(await store.TryCreateAsync("a", new Note("mine", 1), default));
        Assert.Equal("other", (await store.ReadAsync<Note>("a", default))!.Value.Text);
    }

    [Fact]
    public async Task ReadAsync_ContainerIsGone_IsNotTakenForNoRecord()
    {
        // Or a claim would look free when nothing is known about it, and the gateway ready.
        await _container.DeleteAsync();

        var e = await Assert.ThrowsAsync<RequestFailedException>(() => Store.ReadAsync<Note>("a", default));

        Assert.Equal("ContainerNotFound", e.ErrorCode);
    }

    [Fact]
    public async Task TryCreateAsync_Record_IsJsonThatAnOperatorCanRead()
    {
        await Store.TryCreateAsync("claims/a", new Note("first", 1), default);

        var blob = (await _container.GetBlobClient("claims/a").DownloadContentAsync()).Value;

        Assert.Equal("""{"text":"first","number":1}""", blob.Content.ToString());
        Assert.Equal("application/json", blob.Details.ContentType);
    }

    private async Task<BlobRecordStore> NewStoreAsync(LostAnswers losses)
    {
        var options = new BlobClientOptions { Retry = { Delay = TimeSpan.FromMilliseconds(1), MaxDelay = TimeSpan.FromMilliseconds(1) } };
        options.AddPolicy(losses, HttpPipelinePosition.PerRetry);
        var container = await azurite.NewContainerAsync(options);
        losses.Container = azurite.Reach(container.Name);
        return new BlobRecordStore(container);
    }

    /// <summary>Loses the first write of a blob (after <see cref="Skip"/>): its answer, or the request itself.</summary>
    private sealed class LostAnswers : HttpPipelinePolicy
    {
        private bool _lost;

        public int Skip { get; init; }

        public bool BeforePeer { get; init; }

        public BlobContainerClient Container { get; set; } = null!;

        /// <summary>What happens while the answer is lost.</summary>
        public Func<BlobContainerClient, Task> Meanwhile { get; set; } = _ => Task.CompletedTask;

        public int Writes { get; private set; }

        public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            var isWrite = message.Request.Method == RequestMethod.Put && message.Request.Uri.Query.Length == 0;
            if (!isWrite || Writes++ < Skip || _lost)
            {
                await ProcessNextAsync(message, pipeline);
                return;
            }

            _lost = true;
            if (!BeforePeer) await ProcessNextAsync(message, pipeline);
            await Meanwhile(Container);
            throw new RequestFailedException(0, "The connection broke.");
        }

        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => throw new NotSupportedException();
    }
}
