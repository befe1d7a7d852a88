using System.Security.Cryptography;
using Azure.Storage.Blobs;
using OviFunctions.Admission;
using OviFunctions.Jobs;
using OviFunctions.Tests.Media;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Admission;

/// <summary>Orders whose image comes in the request: it is stored between the claim and the start.</summary>
[Collection(nameof(AzuriteTests))]
public sealed class InlineImageOrderTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private static readonly byte[] Image = MediaSample.Read("picture.jpg");
    private static readonly string Body = $$"""{"prompt":"x","image_url":"data:image/jpeg;base64,{{Convert.ToBase64String(Image)}}"}""";

    private BlobContainerClient _container = null!;
    private Shop _shop = null!;

    public async Task InitializeAsync()
    {
        _container = await azurite.NewContainerAsync();
        _shop = new Shop(new MemoryRecordStore(), new MemoryTaskClient(), JobSamples.NewIntake(_container));
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task AdmitAsync_InlineImage_IsStoredBeforeTheStart()
    {
        _shop.Client.BeforeStart = async id => Assert.Equal(SHA256.HashData(Image), SHA256.HashData(await ImageOfAsync(id)));

        await _shop.AdmittedAsync(_shop.Pay(), Body);

        Assert.Null(_shop.Client.InputOf(Shop.JobIdOf(1)).Request.ImageUrl);
        Assert.DoesNotContain(Convert.ToBase64String(Image)[..40], System.Text.Json.JsonSerializer.Serialize(_shop.Client.InputOf(Shop.JobIdOf(1))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AdmitAsync_CrashBeforeTheImageWasStored_NextRequestStoresAndStarts()
    {
        var header = _shop.Pay();
        _shop.Records.After = (call, name) => call == RecordCall.Create && name.StartsWith("claims/", StringComparison.Ordinal)
            ? throw new InvalidOperationException("crash")
            : Task.CompletedTask;
        await Assert.ThrowsAsync<InvalidOperationException>(() => _shop.AdmitAsync(header, Body));
        _shop.Records.After = null;

        await _shop.AdmittedAsync(header, Body);

        Assert.Equal(Image, await ImageOfAsync(Shop.JobIdOf(1)));
        Assert.Equal([Shop.JobIdOf(1)], _shop.Client.InstanceIds);
    }

    [Fact]
    public async Task AdmitAsync_CrashBeforeTheImageWasStored_NewPaymentUnderTheSameKeyStoresAndStarts()
    {
        // The sweeper cannot start it: it has no image. The repeat has, whatever it is signed with.
        _shop.Client.BeforeStart = _ => throw new TimeoutException("crash");
        await Assert.ThrowsAsync<TimeoutException>(() => _shop.AdmitAsync(_shop.Pay(nonce: 1), Body, key: "order-1"));
        await _container.DeleteBlobAsync(JobIds.ImageBlob(Shop.JobIdOf(1)));
        _shop.Client.BeforeStart = null;

        var again = await _shop.AdmittedAsync(_shop.Pay(nonce: 2), Body, key: "order-1");

        Assert.Equal(Shop.JobIdOf(1), again.Job.Input.JobId);
        Assert.Equal(Image, await ImageOfAsync(Shop.JobIdOf(1)));
    }

    [Fact]
    public async Task AdmitAsync_RefusedPayment_StoresNoImage()
    {
        _shop.Chain.Balance = 0;

        Assert.IsType<AdmissionResult.Refused>(await _shop.AdmitAsync(_shop.Pay(), Body));

        Assert.Empty(_container.GetBlobs());
    }

    private async Task<byte[]> ImageOfAsync(string jobId) =>
        (await _container.GetBlobClient(JobIds.ImageBlob(jobId)).DownloadContentAsync()).Value.Content.ToArray();
}
