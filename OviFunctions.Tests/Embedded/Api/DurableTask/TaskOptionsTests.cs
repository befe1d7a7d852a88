using Microsoft.DurableTask;
using Microsoft.DurableTask.Abstractions;
using Microsoft.DurableTask.Client;

namespace OviFunctions.Tests.Embedded.Api.DurableTask;

public sealed class TaskOptionsTests
{
    private static readonly RetryPolicy Policy = new(2, TimeSpan.FromSeconds(1));

    [Fact]
    public void WithInstanceId_KeepsRetryAndTags()
    {
        var options = new TaskOptions(Policy, new Dictionary<string, string> { ["a"] = "b" }).WithInstanceId("kid");

        Assert.Equal(("kid", Policy, "b"), (options.InstanceId, options.Retry!.Policy, options.Tags!["a"]));
        Assert.Equal("kid", new SubOrchestrationOptions((TaskOptions)options).InstanceId);
        Assert.Equal("other", new SubOrchestrationOptions((TaskOptions)options, "other").InstanceId);
    }

    [Fact]
    public async Task TaskRetryOptions_Conversions_PolicyOrHandler()
    {
        TaskRetryOptions byPolicy = Policy;
        TaskRetryOptions byHandler = (RetryHandler)(_ => true);

        Assert.Equal((Policy, null), (byPolicy.Policy, byPolicy.Handler));
        Assert.Null(byHandler.Policy);
        Assert.True(await byHandler.Handler!(null!));
    }

    [Fact]
    public void WithDedupeStatuses_NamesOfStatuses()
    {
        var options = new StartOrchestrationOptions("a").WithDedupeStatuses(OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Running);

        Assert.Equal(["Failed", "Running"], options.DedupeStatuses!);
        Assert.Equal("a", options.InstanceId);
    }

    [Fact]
    public void TaskName_And_TaskVersion_CompareWithoutCase()
    {
        Assert.True((TaskName)"Pay" == (TaskName)"PAY");
        Assert.Equal(default, (TaskName)"");
        Assert.True((TaskVersion)"1.A" == (TaskVersion)"1.a");
        Assert.Equal(TaskVersion.Unversioned, new TaskVersion(""));
        Assert.Throws<ArgumentException>(() => new TaskVersion(" "));
    }

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("", "1.0", -1)]
    [InlineData("1.0", "", 1)]
    [InlineData("1.10", "1.9", 1)]
    [InlineData("beta", "ALPHA", 1)]
    public void CompareVersions_EmptyNumbersAndText(string a, string b, int expected) =>
        Assert.Equal(expected, Math.Sign(TaskOrchestrationVersioningUtils.CompareVersions(a, b)));
}
