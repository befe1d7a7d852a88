using OviFunctions.Activities;
using OviFunctions.Jobs;
using OviFunctions.Media;
using OviFunctions.Orchestrations;
using OviFunctions.Tests.Support;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Orchestrations;

public sealed class VideoFinishTests
{
    private static readonly JobPlan Finishing = Plan() with { FinishMedia = true };

    private static readonly VideoAsset Finished = Video() with
    {
        File = Video().File with { Blob = "exact/x" }, Original = Video().File, Poster = new ImageInfo("posters/x", "image/jpeg", 992, 512, 9, new string('d', 64)),
    };

    private readonly ScriptedContext _context = new();

    [Fact]
    public async Task Run_JobWasTakenWithoutFfmpeg_AsksNobody()
    {
        Assert.Equal(Video(), await RunAsync(Plan()));
        Assert.Empty(_context.Calls);
    }

    [Fact]
    public async Task Run_Finished_IsDelivered()
    {
        _context.On<FinishVideoInput, FinishStep>(nameof(FinishVideo), _ => new FinishStep(Finished));

        Assert.Equal(Finished, await RunAsync(Finishing));
        Assert.Equal(
            [new FinishVideoInput(Video(), "992x512", OutputFit.Native)], _context.InputsOf<FinishVideoInput>(nameof(FinishVideo)));
    }

    [Fact]
    public async Task Run_MachineIsBusy_IsAskedAgain()
    {
        var calls = 0;
        _context.On<FinishVideoInput, FinishStep>(nameof(FinishVideo), _ => new FinishStep(++calls < 4 ? null : Finished));

        Assert.Equal(Finished, await RunAsync(Finishing));
        Assert.Equal([0, 5, 10, 15], _context.TimesOf(nameof(FinishVideo)));
    }

    [Theory]
    [InlineData(false, 900)]
    [InlineData(true, 30)] // the payment's signature gets older
    public async Task Run_MachineStaysBusy_DeliversWhatTheProviderMade(bool settleOnDelivery, double seconds)
    {
        _context.On<FinishVideoInput, FinishStep>(nameof(FinishVideo), _ => new FinishStep(null));

        Assert.Equal(Video(), await RunAsync(Finishing with { SettleOnDelivery = settleOnDelivery }));
        Assert.Equal(seconds, _context.SecondsPassed);
    }

    [Fact]
    public async Task Run_ActivityKeepsFailing_DeliversWhatTheProviderMade() =>
        Assert.Equal(Video(), await RunAsync(Finishing, context => context.Break(nameof(FinishVideo))));

    [Fact]
    public async Task Job_Finishes_BeforeTheOutcomeIsRecorded()
    {
        var script = new JobScript(PaidJob() with { Plan = Finishing }).With(c => c.On<FinishVideoInput, FinishStep>(nameof(FinishVideo), _ => new FinishStep(Finished)));

        var status = await script.RunAsync();

        Assert.Equal((JobOutcome.Delivered, Finished), (status.Outcome, status.Video));
        Assert.Equal(
            [nameof(FinishVideo), "record Delivered"], script.Steps.SkipWhile(step => step != nameof(FinishVideo)).Take(2));
        Assert.Equal(new PrepareImageInput(JobId, Request.ImageUrl) { Resolution = "992x512" }, Assert.Single(script.Context.InputsOf<PrepareImageInput>(nameof(PrepareImage))));
    }

    [Fact]
    public async Task Job_CameTooLate_AllOfItsFilesAreDiscarded()
    {
        var refunded = new OutcomeRecord(JobId, JobOutcome.RefundDue, Payments.Samples.Now, null, JobErrors.Internal, "0x1", 1, null);
        var script = new JobScript(PaidJob() with { Plan = Finishing }).Recorded(refunded)
            .With(c => c.On<FinishVideoInput, FinishStep>(nameof(FinishVideo), _ => new FinishStep(Finished)));

        await script.RunAsync();

        var late = Assert.Single(script.Context.InputsOf<LateVideo>(nameof(DiscardVideo)));
        Assert.Equal(["exact/x", JobIds.VideoBlob(JobId, 0), "posters/x"], [late.Video.Blob, .. late.OtherBlobs!]);
    }

    private Task<VideoAsset> RunAsync(JobPlan plan, Action<ScriptedContext>? change = null)
    {
        change?.Invoke(_context);
        return _context.RunAsync(context => VideoFinish.RunAsync(context, JobId, plan, Request with { OutputFit = OutputFit.Native }, Video()));
    }
}
