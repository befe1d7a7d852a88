using System.Security.Cryptography;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Sas;
using OviFunctions.DevStack.Faults;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.DevStack.Faults;

/// <summary>The real storage SDK, its signatures included, through the proxy.</summary>
[Collection(StackGroup.Name)]
public sealed class FaultProxyStorageTests(StackFixture fixture) : IAsyncLifetime
{
    private FaultProxy _proxy = null!;
    private BlobContainerClient _container = null!;

    public async Task InitializeAsync()
    {
        var azurite = fixture.Stack.Azurite;
        _proxy = await FaultProxy.StartAsync(azurite.BlobService, TimeProvider.System);
        _container = new BlobContainerClient(azurite.ConnectionStringFor(_proxy.Url), "through-the-proxy");
        await _container.CreateIfNotExistsAsync();
    }

    public async Task DisposeAsync() => await _proxy.DisposeAsync();

    [Fact]
    public async Task OpenWriteAndDownload_LargeBlob_IsUnchanged()
    {
        var bytes = new byte[9 * 1024 * 1024];
        RandomNumberGenerator.Fill(bytes);
        var blob = _container.GetBlockBlobClient("a b/ü%.mp4");

        await using (var stream = await blob.OpenWriteAsync(overwrite: true)) await stream.WriteAsync(bytes);
        var read = await blob.DownloadContentAsync();

        Assert.Equal(SHA256.HashData(bytes), SHA256.HashData(read.Value.Content.ToArray()));
    }

    [Fact]
    public async Task Upload_IfNoneMatch_IsStillAClaim()
    {
        var blob = _container.GetBlobClient($"claims/{Path.GetRandomFileName()}");
        var once = new BlobUploadOptions { Conditions = new BlobRequestConditions { IfNoneMatch = Azure.ETag.All } };
        await blob.UploadAsync(BinaryData.FromString("first"), once);

        var error = await Assert.ThrowsAsync<Azure.RequestFailedException>(() => blob.UploadAsync(BinaryData.FromString("second"), once));

        Assert.Equal(409, error.Status);
    }

    [Fact]
    public async Task SasUrl_ServesARange()
    {
        var blob = _container.GetBlobClient("ranged");
        await blob.UploadAsync(BinaryData.FromString("0123456789"), overwrite: true);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, blob.GenerateSasUri(BlobSasPermissions.Read, TimeProvider.System.GetUtcNow().AddHours(1)));
        request.Headers.Range = new(2, 4);

        using var response = await http.SendAsync(request);

        Assert.Equal(206, (int)response.StatusCode);
        Assert.Equal("234", await response.Content.ReadAsStringAsync());
        Assert.Equal(_proxy.Url.Authority, request.RequestUri!.Authority);
    }

    [Fact]
    public async Task DropAfterPeer_TheBlobIsThereAlthoughTheWriterSawAnError()
    {
        var blob = new BlobClient(
            fixture.Stack.Azurite.ConnectionStringFor(_proxy.Url), _container.Name, $"lost-answer-{Path.GetRandomFileName()}",
            new BlobClientOptions { Retry = { MaxRetries = 0 } });
        _proxy.On(FaultStage.AfterPeer, Match.Request("PUT", path => path.Contains(blob.Name, StringComparison.Ordinal)), Fault.Drop, times: 1);

        await Assert.ThrowsAnyAsync<Exception>(() => blob.UploadAsync(BinaryData.FromString("x"), overwrite: true));

        Assert.True((await blob.ExistsAsync()).Value);
    }
}
