using OviFunctions.Jobs;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Jobs.Batches;

public sealed class ItemIdTests
{
    private const string Batch = JobSamples.KeyJobId;

    [Fact]
    public void Item_IdOfABatch_IsNoJobIdAndLeadsBack()
    {
        var id = JobIdentity.Item(Batch, 7);

        Assert.Equal(Batch + "_07", id);
        Assert.True(JobIdentity.IsItemId(id));
        Assert.False(JobIdentity.IsJobId(id));
        Assert.Equal((Batch, 7), (JobIdentity.BatchOf(id), JobIdentity.IndexOf(id)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("_07")]
    [InlineData(Batch)]
    [InlineData(Batch + "_7")]
    [InlineData(Batch + "_7a")]
    [InlineData(Batch + "-07")]
    [InlineData(Batch + "_07_07")]
    [InlineData("job_../../outcomes/x_07")]
    public void IsItemId_SomethingElse_IsNone(string text) => Assert.False(JobIdentity.IsItemId(text));
}
