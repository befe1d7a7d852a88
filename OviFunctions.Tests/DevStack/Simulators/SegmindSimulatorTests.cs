using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using OviFunctions.DevStack.Simulators;
using OviFunctions.DevStack.Simulators.Segmind;

namespace OviFunctions.Tests.DevStack.Simulators;

/// <summary>What Segmind leaves open, by option, and its faults.</summary>
public sealed class SegmindSimulatorTests
{
    private static readonly SegmindSimulatorOptions Quick = new() { RenderClips = false, ProcessingTime = TimeSpan.Zero };

    [Fact]
    public async Task V1_WithJson_NamesTheVideo()
    {
        await using var stage = await OpenAsync(Quick with { V1Answer = SegmindV1Answer.Json });

        using var answer = await PostAsync(stage, "v1");

        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        var url = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("video_url").GetString();
        Assert.Equal("video/mp4", (await stage.Http.GetAsync(url)).Content.Headers.ContentType!.MediaType);
    }

    [Theory]
    [InlineData(SegmindOutput.List, "[\"http")]
    [InlineData(SegmindOutput.Url, "{\"url\":\"http")]
    [InlineData(SegmindOutput.VideoUrl, "{\"video_url\":\"http")]
    public async Task V2_WithAnotherFormOfOutput_HasTheVideoThere(SegmindOutput form, string start)
    {
        await using var stage = await OpenAsync(Quick with { Output = form });

        var result = await ReadWhenDoneAsync(stage, await SubmitAsync(stage));

        Assert.StartsWith(start, result.GetProperty("output").GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task V2_RecordWhoseTimeIsOver_IsGone()
    {
        await using var stage = await OpenAsync(Quick with { RecordLife = TimeSpan.Zero });
        var id = await SubmitAsync(stage);

        using var answer = await GetAsync(stage, $"v2/requests/{id}");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("not found", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RateLimit_Always_SaysWhenInUtcAndHasNoRetryAfter()
    {
        await using var stage = await OpenAsync(Quick);
        stage.Simulator.Faults.ForNext(new SimulatorFault { Submit = SubmitFault.RateLimited });

        using var answer = await PostAsync(stage, "v2");

        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.Null(answer.Headers.RetryAfter);
        var reset = DateTimeOffset.Parse(answer.Headers.GetValues("x-rate-limit-reset-at-utc").Single(), CultureInfo.InvariantCulture);
        Assert.InRange(reset - TimeProvider.System.GetUtcNow(), TimeSpan.Zero, TimeSpan.FromSeconds(3));
    }

    [Theory]
    [InlineData(SubmitFault.Locked, HttpStatusCode.NotAcceptable, "Insufficient credits")]
    [InlineData(SubmitFault.Gone, HttpStatusCode.Gone, "retired")]
    [InlineData(SubmitFault.Moderation, HttpStatusCode.BadRequest, "content policy")]
    public async Task Submit_WithAFault_IsRefusedInSegmindsWords(SubmitFault fault, HttpStatusCode status, string words)
    {
        await using var stage = await OpenAsync(Quick);
        stage.Simulator.Faults.ForNext(new SimulatorFault { Submit = fault });

        using var answer = await PostAsync(stage, "v2");

        Assert.Equal(status, answer.StatusCode);
        Assert.Contains(words, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(stage.Simulator.TakenJobs);
    }

    [Fact]
    public async Task V1_CallThatIsBrokenOff_HasMadeAJobAllTheSame()
    {
        await using var stage = await OpenAsync(Quick with { ProcessingTime = TimeSpan.FromHours(1) });
        using var hangUp = new CancellationTokenSource();
        var call = PostAsync(stage, "v1", hangUp.Token);
        while (stage.Simulator.TakenJobs.Count == 0) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, stage.Soon);

        await hangUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        var calls = await stage.Simulator.Calls.WaitAsync(all => all.Count > 0, stage.Soon);
        Assert.Equal((stage.Simulator.TakenJobs.Single(), 0), (calls.Single().RequestId, calls.Single().Status));
    }

    private static async Task<ClientStage<SegmindSimulator>> OpenAsync(SegmindSimulatorOptions options) =>
        await ClientStage.OpenAsync(await SegmindSimulator.StartAsync(options));

    private static Task<HttpResponseMessage> PostAsync(ClientStage<SegmindSimulator> stage, string version, CancellationToken cancellationToken = default)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, new Uri(stage.Simulator.Url, $"{version}/ovi-i2v"))
        {
            Content = JsonContent.Create(new { image = stage.ImageUrl, prompt = "a cat" }),
        };
        message.Headers.Add("x-api-key", stage.Simulator.Options.Key);
        return stage.Http.SendAsync(message, cancellationToken);
    }

    private static Task<HttpResponseMessage> GetAsync(ClientStage<SegmindSimulator> stage, string path)
    {
        var message = new HttpRequestMessage(HttpMethod.Get, new Uri(stage.Simulator.Url, path));
        message.Headers.Add("x-api-key", stage.Simulator.Options.Key);
        return stage.Http.SendAsync(message, stage.Soon);
    }

    private static async Task<string> SubmitAsync(ClientStage<SegmindSimulator> stage)
    {
        using var answer = await PostAsync(stage, "v2");
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("request_id").GetString()!;
    }

    private static async Task<JsonElement> ReadWhenDoneAsync(ClientStage<SegmindSimulator> stage, string id)
    {
        while (true)
        {
            using var answer = await GetAsync(stage, $"v2/requests/{id}");
            var state = await answer.Content.ReadFromJsonAsync<JsonElement>();
            if (state.GetProperty("status").GetString() == "COMPLETED") return state;
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, stage.Soon);
        }
    }
}
