using Azure.Storage.Blobs;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.DevStack.Parts;

[Collection(StackGroup.Name)]
public sealed class AzuriteTests(StackFixture fixture)
{
    [Fact]
    public async Task ConnectionString_WithTheRealSdk_StoresAndReads()
    {
        var container = new BlobContainerClient(fixture.Stack.Endpoints.StorageConnectionString, "azurite-tests");
        await container.CreateIfNotExistsAsync();

        await container.GetBlobClient("a").UploadAsync(BinaryData.FromString("hello"), overwrite: true);

        Assert.Equal("hello", (await container.GetBlobClient("a").DownloadContentAsync()).Value.Content.ToString());
    }
}
