using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;
using Moq;

namespace OviFunctions.Tests.Embedded.Api.DurableTask;

public sealed class ClientTypesTests
{
    [Fact]
    public void OrchestrationMetadata_WithoutConverter_RefusesToRead()
    {
        var bare = new OrchestrationMetadata("Flow", "a");

        Assert.Contains("ReadInputAs", Assert.Throws<InvalidOperationException>(() => bare.ReadInputAs<int>()).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => bare.ReadOutputAs<int>());
        Assert.Throws<InvalidOperationException>(() => bare.ReadCustomStatusAs<int>());
    }

    [Fact]
    public void OrchestrationMetadata_WithConverter_NullPayloadIsDefault()
    {
        var full = new OrchestrationMetadata("Flow", "a") { DataConverter = JsonDataConverter.Default, SerializedOutput = "5" };

        Assert.Equal((0, 5, null), (full.ReadInputAs<int>(), full.ReadOutputAs<int>(), full.ReadCustomStatusAs<string>()));
    }

    [Theory]
    [InlineData(OrchestrationRuntimeStatus.Pending, false, false)]
    [InlineData(OrchestrationRuntimeStatus.Running, true, false)]
    [InlineData(OrchestrationRuntimeStatus.Suspended, false, false)]
    [InlineData(OrchestrationRuntimeStatus.Completed, false, true)]
    [InlineData(OrchestrationRuntimeStatus.Failed, false, true)]
    [InlineData(OrchestrationRuntimeStatus.Terminated, false, true)]
    public void OrchestrationMetadata_Status_RunningAndCompleted(OrchestrationRuntimeStatus status, bool isRunning, bool isCompleted)
    {
        var metadata = new OrchestrationMetadata("Flow", "a") { RuntimeStatus = status };

        Assert.Equal((isRunning, isCompleted), (metadata.IsRunning, metadata.IsCompleted));
    }

    [Fact]
    public async Task DurableTaskClient_MembersWithoutABase_AreNotSupported()
    {
        var client = new Mock<DurableTaskClient>("x") { CallBase = true }.Object;

        await Assert.ThrowsAsync<NotSupportedException>(() => client.TerminateInstanceAsync("a"));
        await Assert.ThrowsAsync<NotSupportedException>(() => client.PurgeInstanceAsync("a"));
        await Assert.ThrowsAsync<NotSupportedException>(() => client.PurgeAllInstancesAsync(new PurgeInstancesFilter()));
        await Assert.ThrowsAsync<NotSupportedException>(() => client.RestartAsync("a"));
        await Assert.ThrowsAsync<NotSupportedException>(() => client.RewindInstanceAsync("a", "b"));
        await Assert.ThrowsAsync<NotSupportedException>(() => client.ListInstanceIdsAsync());
    }

    [Fact]
    public async Task Pageable_Create_FollowsTokensAndPassesTheSize()
    {
        var asked = new List<(string?, int?)>();
        var pageable = Pageable.Create((token, size, _) =>
        {
            asked.Add((token, size));
            return Task.FromResult(token is null ? new Page<int>([1, 2], "next") : new Page<int>([3]));
        });

        var all = new List<int>();
        await foreach (var n in pageable) all.Add(n);
        await foreach (var page in pageable.AsPages("next", 7)) all.AddRange(page.Values);

        Assert.Equal([1, 2, 3, 3], all);
        Assert.Equal([(null, null), ("next", null), ("next", 7)], asked);
    }
}
