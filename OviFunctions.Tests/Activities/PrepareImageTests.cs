using Azure.Storage.Blobs;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Activities;
using OviFunctions.Http.Egress;
using OviFunctions.Jobs;
using OviFunctions.Media;
using OviFunctions.Tests.Media;
using OviFunctions.Tests.Support;
using static OviFunctions.Tests.Orchestrations.JobSamples;

namespace OviFunctions.Tests.Activities;

[Collection(nameof(AzuriteTests))]
public sealed class PrepareImageTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private BlobContainerClient _container = null!;
    private LoopbackServer _host = null!;
    private EgressGuard _egress = null!;
    private RequestDelegate _answer = context => context.Response.Body.WriteAsync(MediaSample.Read("picture.png")).AsTask();

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

    private Task<PreparedImage> RunAsync(string? url) => new PrepareImage(Intake).Run(new PrepareImageInput(JobId, url), default);
}
