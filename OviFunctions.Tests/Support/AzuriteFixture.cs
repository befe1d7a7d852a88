using System.Security.Cryptography;
using Azure.Storage.Blobs;

namespace OviFunctions.Tests.Support;

/// <summary>Azurite of the shared stack, for the tests of the collection <see cref="AzuriteTests"/>. Every test takes a container of its own.</summary>
public sealed class AzuriteFixture : IAsyncLifetime
{
    private readonly StackFixture _stack = new();

    public Task InitializeAsync() => _stack.InitializeAsync();

    public Task DisposeAsync() => _stack.DisposeAsync();

    /// <summary>A new, empty container.</summary>
    public async Task<BlobContainerClient> NewContainerAsync(BlobClientOptions? options = null)
    {
        var name = $"test-{RandomNumberGenerator.GetHexString(16, lowercase: true)}";
        var container = new BlobContainerClient(_stack.Stack.Endpoints.StorageConnectionString, name, options);
        await container.CreateAsync();
        return container;
    }

    /// <summary>A container by its name, through a client without any options.</summary>
    public BlobContainerClient Reach(string name) => new(_stack.Stack.Endpoints.StorageConnectionString, name);
}

/// <summary>The tests that share one Azurite.</summary>
[CollectionDefinition(nameof(AzuriteTests))]
public sealed class AzuriteTests : ICollectionFixture<AzuriteFixture>;
