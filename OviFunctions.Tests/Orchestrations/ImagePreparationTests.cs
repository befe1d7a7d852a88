using OviFunctions.Activities;
using OviFunctions.Jobs;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Orchestrations;

public sealed class ImagePreparationTests
{
    private static readonly PreparedImage Unreachable = new(null, new("unreachable", "the host answered 503", MayPass: true));

    [Fact]
    public async Task RunAsync_HostAnswersTheThirdTime_TheJobGoesOn()
    {
        var looks = 0;
        var script = Script(() => ++looks < 3 ? Unreachable : Image);

        var status = await script.RunAsync();

        Assert.Equal(JobState.Succeeded, status.State);
        Assert.Equal([0, 1, 3], script.Context.TimesOf(nameof(PrepareImage)));
    }

    [Fact]
    public async Task RunAsync_HostNeverAnswers_EndsUnpaidAfterThreeTries()
    {
        var script = Script(() => Unreachable);

        var status = await script.RunAsync();

        Assert.Equal((JobState.Failed, JobOutcome.Unpaid, "unreachable"), (status.State, status.Outcome, status.Error?.Code));
        Assert.Equal([0, 1, 3], script.Context.TimesOf(nameof(PrepareImage)));
    }

    [Fact]
    public async Task RunAsync_ImageItselfIsBad_IsNotTriedAgain()
    {
        var script = Script(() => new PreparedImage(null, new("too_small", "the image is 8x8")));

        await script.RunAsync();

        Assert.Single(script.Context.TimesOf(nameof(PrepareImage)));
    }

    private static JobScript Script(Func<PreparedImage> look) => new JobScript(PaidJob()).With(
        c => c.On<PrepareImageInput, PreparedImage>(nameof(PrepareImage), _ => look()));
}
