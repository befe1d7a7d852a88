using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Moq;
using OviFunctions.Composition;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Composition;

public sealed class ContainerCreationTests
{
    [Fact]
    public async Task Execute_StorageComesLater_ContainerIsMadeThen()
    {
        var clock = new ManualTimeProvider();
        var log = new LogSink<ContainerCreation>();
        var tries = 0;
        var container = new Mock<BlobContainerClient>();
        container.Setup(c => c.Name).Returns("ovifunctions");
        container.Setup(c => c.CreateIfNotExistsAsync(
                It.IsAny<PublicAccessType>(), It.IsAny<IDictionary<string, string>>(), It.IsAny<BlobContainerEncryptionScopeOptions>(), It.IsAny<CancellationToken>()))
            .Returns(() => ++tries switch
            {
                1 => throw new AggregateException("Retry failed after 4 tries.", new RequestFailedException(0, "refused")),
                2 => throw new RequestFailedException(503, "busy", "ServerBusy", null),
                _ => Task.FromResult(Mock.Of<Response<BlobContainerInfo>>()),
            });
        using var creation = new ContainerCreation(container.Object, clock, log);

        await creation.StartAsync(default);
        await clock.RunAsync(EndAsync(creation), TimeSpan.FromSeconds(10));

        Assert.Equal(3, tries);
        Assert.Equal(2, log.Lines.Count);
        Assert.Contains("ServerBusy", log.Lines[1], StringComparison.Ordinal);
    }

    private static async Task<bool> EndAsync(ContainerCreation creation)
    {
        await creation.ExecuteTask!;
        return true;
    }
}
