using Azure.Storage.Blobs;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Activities;
using OviFunctions.Http.Egress;
using OviFunctions.Jobs;
using OviFunctions.Media;
using OviFunctions.Tests.Media;
using OviFunctions.Tests.Support;
using static OviFunctions.Tests.Orchestrations.OrchestrationSamples;

namespace OviFunctions.Tests.Activities;

[Collection(nameof(AzuriteTests))]
public sealed class PrepareImageTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private BlobContainerClient _container = null!;
    private LoopbackServer _host = null!;
    private EgressGuard _egress = null!;
    private RequestDelegate _answer = context => context.Response.Body.WriteAsync(MediaSample.Read("picture.png")).AsTask();

    private readonly MemoryRecordStore _records = new();

    private ImageIntake Intake => new(_container, _egress);

    public async Task InitializeAsync()
    {
        _container = await azurite.NewContainerAsync();
        _host = await LoopbackServer.StartAsync(context => _answer(context));
        _egress = new EgressGuard(
            new EgressOptions { AllowedHosts = [$"127.0.0.1:{_host.Port}"] }, TimeProvider.System, NullLogger<EgressGuard>.Instance);
    }

    public async Task DisposeAsync()
    {
        _egress.Dispose();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task Run_UrlTwice_FetchesOnceAndAnswersTheSame()
    {
        var prepared = await ActivityBench.TwiceAsync(() => RunAsync($"http://127.0.0.1:{_host.Port}/a.png"));

        Assert.Equal((JobIds.ImageBlob(JobId), "image/png", 96), (prepared.Image!.Blob, prepared.Image.MediaType, prepared.Image.Width));
        Assert.Equal(1, _host.Requests);
    }

    [Fact]
    public async Task Run_InlineImage_IsTheOneThatTheOrderStored()
    {
        Assert.True(ImageSource.TryParse(
            System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(MediaSample.Read("picture.jpg"))), out var source, out _));
        await Intake.StoreAsync(source, JobIds.ImageBlob(JobId), default);

        Assert.Equal("image/jpeg", (await ActivityBench.TwiceAsync(() => RunAsync(null))).Image!.MediaType);
    }

    [Fact]
    public async Task Run_InlineImageIsNotThere_ThrowsSoThatItIsTriedAgain() =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(null));

    [Theory]
    [InlineData(404, "unreachable")]
    [InlineData(200, "format")]
    public async Task Run_NoImageThere_IsAProblemForTheBuyer(int status, string code)
    {
        _answer = context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync("<html>");
        };

        var prepared = await RunAsync($"http://127.0.0.1:{_host.Port}/a.png");

        Assert.Equal((null, code), (prepared.Image, prepared.Problem?.Code));
    }

    [Fact]
    public async Task Run_RedirectToAnEndlessHost_ProblemIsShortEnoughForTheStatus()
    {
        // Whatever host the redirect names stands in the message, and from there goes into the custom status.
        _answer = context =>
        {
            context.Response.Redirect($"http://{string.Join('.', Enumerable.Repeat(new string('a', 60), 60))}.local/a.png");
            return Task.CompletedTask;
        };

        var prepared = await RunAsync($"http://127.0.0.1:{_host.Port}/a.png");

        Assert.Equal("url_refused", prepared.Problem!.Code);
        Assert.InRange(prepared.Problem.Detail.Length, 1, 500);
    }

    [Fact]
    public async Task Run_SellersModeration_SeesPromptAndImageAndItsWordGoesToTheBuyer()
    {
        await _records.TryCreateAsync(RecordNames.Claim(JobId), JobSamples.ClaimOf(JobSamples.KeyJob with { JobId = JobId }), default);
        var judge = new Judge("No barking.");

        var prepared = await ActivityBench.TwiceAsync(() => RunAsync($"http://127.0.0.1:{_host.Port}/a.png", judge));

        Assert.Equal((null, new PreparedImage.Refusal("content_refused", "No barking.")), (prepared.Image, prepared.Problem));
        Assert.Equal((JobSamples.Prompt, MediaSample.Read("picture.png").Length), judge.Seen);
    }

    [Fact]
    public async Task Run_SellersModerationAllows_ImageIsTaken()
    {
        await _records.TryCreateAsync(RecordNames.Claim(JobId), JobSamples.ClaimOf(JobSamples.KeyJob with { JobId = JobId }), default);

        Assert.NotNull((await RunAsync($"http://127.0.0.1:{_host.Port}/a.png", new Judge(null))).Image);
    }

    [Fact]
    public async Task Run_BadImage_IsNotShownToTheModeration()
    {
        _answer = context => context.Response.WriteAsync("<html>");
        var judge = new Judge("No barking.");

        Assert.Equal("format", (await RunAsync($"http://127.0.0.1:{_host.Port}/a.png", judge)).Problem!.Code);
        Assert.Null(judge.Seen);
    }

    [Fact]
    public async Task Run_OrderWithoutImage_IsJudgedByItsPrompt()
    {
        var order = JobSamples.KeyJob with { JobId = JobId };
        await _records.TryCreateAsync(RecordNames.Claim(JobId), JobSamples.ClaimOf(order), default);
        var judge = new Judge("No barking.");

        var prepared = await new PrepareImage(Intake, _records, judge).Run(new PrepareImageInput(JobId, null) { IsTextOnly = true }, default);

        Assert.Equal("No barking.", prepared.Problem!.Detail);
        Assert.Equal((order.Request.Prompt, 0), judge.Seen);
        Assert.Null((await new PrepareImage(Intake, _records).Run(new PrepareImageInput(JobId, null) { IsTextOnly = true }, default)).Problem);
    }

    private sealed class Judge(string? verdict) : IOrderModeration
    {
        public (string Prompt, int Bytes)? Seen { get; private set; }

        public async Task<string?> RefuseAsync(VideoJobInput order, ImageContent? image, CancellationToken cancellationToken)
        {
            using var bytes = new MemoryStream();
            if (image is not null) await image.Content.CopyToAsync(bytes, cancellationToken);
            Seen = (order.Request.Prompt, (int)bytes.Length);
            return verdict;
        }
    }

    [Theory]
    [InlineData("96x64", null)]
    [InlineData("64x96", "image_size")]
    public async Task Run_SizeThatTheImageMustHave_AnotherIsRefusedForGoodWithBothSizes(string size, string? code)
    {
        var input = new PrepareImageInput(JobId, $"http://127.0.0.1:{_host.Port}/a.png") { Size = size };

        var prepared = await ActivityBench.TwiceAsync(() => new PrepareImage(Intake, _records).Run(input, default));

        Assert.Equal((code, code is null), (prepared.Problem?.Code, prepared.Image is not null));
        if (prepared.Problem is not { } problem) return;
        Assert.False(problem.MayPass);
        Assert.All(new[] { "96x64", size }, known => Assert.Contains(known, problem.Detail, StringComparison.Ordinal));
    }

    private Task<PreparedImage> RunAsync(string? url, IOrderModeration? moderation = null) => new PrepareImage(Intake, _records, moderation).Run(new PrepareImageInput(JobId, url), default);
}
