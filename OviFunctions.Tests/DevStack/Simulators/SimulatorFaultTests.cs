using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using OviFunctions.DevStack.Simulators;
using OviFunctions.DevStack.Simulators.OpenAiVideos;
using OviFunctions.DevStack.Simulators.Segmind;
using OviFunctions.DevStack.Simulators.WaveSpeed;

namespace OviFunctions.Tests.DevStack.Simulators;

/// <summary>The fault switches in the words of WaveSpeed, Segmind (the asynchronous API) and OpenAI; fal's are in its own tests.</summary>
public sealed class SimulatorFaultTests
{
    [Theory]
    [InlineData(SubmitFault.None, 200, 200, 200, 1)]
    [InlineData(SubmitFault.Invalid, 400, 406, 400, 0)]
    [InlineData(SubmitFault.Unauthorized, 401, 401, 401, 0)]
    [InlineData(SubmitFault.Locked, 402, 406, 429, 0)]
    [InlineData(SubmitFault.RateLimited, 429, 429, 429, 0)]
    [InlineData(SubmitFault.ServerError, 503, 500, 503, 0)]
    [InlineData(SubmitFault.GatewayErrorBefore, 502, 502, 502, 0)]
    [InlineData(SubmitFault.GatewayErrorAfter, 504, 504, 504, 1)]
    [InlineData(SubmitFault.DropBefore, 0, 0, 0, 0)]
    [InlineData(SubmitFault.DropAfter, 0, 0, 0, 1)]
    [InlineData(SubmitFault.Gone, 410, 410, 410, 0)]
    [InlineData(SubmitFault.Moderation, 400, 400, 400, 0)]
    public async Task Submit_WithAFault_IsAnsweredAndTakenAsItSays(SubmitFault fault, int waveSpeed, int segmind, int openAi, int taken)
    {
        foreach (var (provider, expected) in new[] { ("wavespeed", waveSpeed), ("segmind", segmind), ("videos", openAi) })
        {
            await using var play = await PlayAsync(provider, new SimulatorFault { Submit = fault });

            Assert.Equal((provider, expected), (provider, await play.SubmitStatusAsync()));
            Assert.Equal((provider, taken), (provider, play.Simulator.TakenJobs.Count));
        }
    }

    [Theory]
    [InlineData("wavespeed", "id")]
    [InlineData("segmind", "request_id")]
    [InlineData("videos", "id")]
    public async Task Submit_WithoutAnIdInTheAnswer_IsTakenAllTheSame(string provider, string id)
    {
        await using var play = await PlayAsync(provider, new SimulatorFault { Submit = SubmitFault.NoRequestId });

        Assert.DoesNotContain($"\"{id}\":", (await play.SubmitAsync()).GetRawText(), StringComparison.Ordinal);
        Assert.Single(play.Simulator.TakenJobs);
    }

    [Theory]
    [InlineData("wavespeed", "api.wavespeed.ai.example.com")]
    [InlineData("segmind", "api.segmind.com.example.com")]
    public async Task Submit_WithForeignUrls_NamesAnotherHost(string provider, string host)
    {
        await using var play = await PlayAsync(provider, new SimulatorFault { Submit = SubmitFault.ForeignUrls });

        Assert.Contains($"https://{host}/", (await play.SubmitAsync()).GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SimulatedOutcome.Success, "completed", "200 COMPLETED", "completed")]
    [InlineData(SimulatedOutcome.ContentPolicy, "failed 1200", "422 FAILED", "failed moderation_blocked")]
    [InlineData(SimulatedOutcome.InvalidInput, "failed 1401", "422 FAILED", "failed invalid_image")]
    [InlineData(SimulatedOutcome.ImageUnreachable, "failed 1402", "422 FAILED", "failed invalid_image_url")]
    [InlineData(SimulatedOutcome.InternalError, "failed 5000", "422 FAILED", "failed server_error")]
    [InlineData(SimulatedOutcome.GenerationTimeout, "timeout 5004", "422 FAILED", "failed generation_timeout")]
    [InlineData(SimulatedOutcome.RunnerDisconnected, "failed 5003", "422 FAILED", "failed server_overloaded")]
    [InlineData(SimulatedOutcome.NoVideo, "completed", "200 COMPLETED", "completed")]
    [InlineData(SimulatedOutcome.UnknownStatus, "pondering", "200 THINKING", "in_review")]
    [InlineData(SimulatedOutcome.Cancelled, "cancelled", "200 COMPLETED", "cancelled")]
    [InlineData(SimulatedOutcome.Deleted, "deleted", "200 COMPLETED", "completed")]
    [InlineData(SimulatedOutcome.Flagged, "completed nsfw", "200 COMPLETED", "completed")]
    public async Task Job_WithAnOutcome_IsReadInTheWordsOfItsProtocol(SimulatedOutcome outcome, string waveSpeed, string segmind, string openAi)
    {
        foreach (var (provider, expected) in new[] { ("wavespeed", waveSpeed), ("segmind", segmind), ("videos", openAi) })
        {
            await using var play = await PlayAsync(provider, new SimulatorFault { Outcome = outcome });
            await play.SubmitAsync();

            string state;
            do state = await play.StateAsync();
            while (state is "created" or "processing" or "200 QUEUED" or "200 PROCESSING" or "queued" or "in_progress");
            Assert.Equal((provider, expected), (provider, state));
        }
    }

    [Theory]
    [InlineData("wavespeed")]
    [InlineData("segmind")]
    [InlineData("videos")]
    public async Task Reads_ThatFailAtFirst_AreAnsweredByAGateway(string provider)
    {
        await using var play = await PlayAsync(provider, new SimulatorFault { StatusFailures = 2 });
        await play.SubmitAsync();

        var seen = (await play.ReadStatusAsync(), await play.ReadStatusAsync(), await play.ReadStatusAsync());
        Assert.Equal((503, 503, 200), seen);
    }

    [Theory]
    [InlineData(MediaFault.Missing, 404)]
    [InlineData(MediaFault.Expired, 404)]
    [InlineData(MediaFault.PrivateRedirect, 302)]
    public async Task Content_WithAFaultOnce_IsWholeAtTheNextRead(MediaFault fault, int status)
    {
        await using var play = await PlayAsync("videos", new SimulatorFault { Media = fault, MediaFailures = 1, ResultFailures = 1 });
        await play.SubmitAsync();
        while (await play.StateAsync() != "completed") { }

        var content = $"v1/videos/{play.Simulator.TakenJobs.Single()}/content";
        var seen = (await play.StatusOfAsync(content), await play.StatusOfAsync(content), await play.StatusOfAsync(content));
        Assert.Equal((504, status, 200), seen);
    }

    private static async Task<Play> PlayAsync(string provider, SimulatorFault fault)
    {
        IProviderSimulator simulator = provider switch
        {
            "wavespeed" => await WaveSpeedSimulator.StartAsync(new() { RenderClips = false, ProcessingTime = TimeSpan.Zero }),
            "segmind" => await SegmindSimulator.StartAsync(new() { RenderClips = false, ProcessingTime = TimeSpan.Zero }),
            _ => await OpenAiVideosSimulator.StartAsync(new() { RenderClips = false, ProcessingTime = TimeSpan.Zero }),
        };
        simulator.Faults.ForNext(fault);
        return new Play(provider, await ClientStage.OpenAsync(simulator));
    }

    /// <summary>One simulator, called in its protocol.</summary>
    private sealed class Play(string provider, ClientStage<IProviderSimulator> stage) : IAsyncDisposable
    {
        public IProviderSimulator Simulator => stage.Simulator;

        private string ReadPath => provider switch
        {
            "wavespeed" => "api/v3/predictions/{0}/result",
            "segmind" => "v2/requests/{0}/status",
            _ => "v1/videos/{0}",
        };

        public async Task<JsonElement> SubmitAsync()
        {
            using var answer = await SendSubmitAsync();
            return await answer.Content.ReadFromJsonAsync<JsonElement>(stage.Soon);
        }

        /// <returns>0 when the connection is dropped.</returns>
        public async Task<int> SubmitStatusAsync()
        {
            try
            {
                using var answer = await SendSubmitAsync();
                return (int)answer.StatusCode;
            }
            catch (HttpRequestException)
            {
                return 0;
            }
        }

        public async Task<int> StatusOfAsync(string path)
        {
            using var answer = await SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(Simulator.Url, path)));
            return (int)answer.StatusCode;
        }

        public Task<int> ReadStatusAsync() => StatusOfAsync(PathOf(ReadPath));

        public async Task<string> StateAsync()
        {
            using var answer = await SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(Simulator.Url, PathOf(ReadPath))));
            var body = await answer.Content.ReadFromJsonAsync<JsonElement>(stage.Soon);
            if (provider == "segmind") return $"{(int)answer.StatusCode} {body.GetProperty("status").GetString()}";
            if (provider == "wavespeed") body = body.GetProperty("data");
            var words = new[] { body.GetProperty("status").GetString(), CodeOf(body) };
            return string.Join(' ', words.Where(word => word is not null));
        }

        public ValueTask DisposeAsync() => stage.DisposeAsync();

        private static string? CodeOf(JsonElement job)
        {
            if (job.TryGetProperty("has_nsfw_contents", out var flags) && flags.EnumerateArray().Any(flag => flag.GetBoolean())) return "nsfw";
            if (job.TryGetProperty("code", out var code)) return code.GetInt32() == 0 ? null : code.GetRawText();
            return job.GetProperty("error") is { ValueKind: JsonValueKind.Object } error ? error.GetProperty("code").GetString() : null;
        }

        private string PathOf(string pattern) => string.Format(System.Globalization.CultureInfo.InvariantCulture, pattern, Simulator.TakenJobs.Single());

        private Task<HttpResponseMessage> SendSubmitAsync()
        {
            var (path, body) = provider switch
            {
                "wavespeed" => ("api/v3/character-ai/ovi/image-to-video", (object)new { image = stage.ImageUrl, prompt = "a cat" }),
                "segmind" => ("v2/ovi-i2v", new { image = stage.ImageUrl, prompt = "a cat" }),
                _ => ("v1/videos", new { prompt = "a cat" }),
            };
            return SendAsync(new HttpRequestMessage(HttpMethod.Post, new Uri(Simulator.Url, path)) { Content = JsonContent.Create(body) });
        }

        private Task<HttpResponseMessage> SendAsync(HttpRequestMessage message)
        {
            switch (Simulator)
            {
                case WaveSpeedSimulator waveSpeed:
                    message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", waveSpeed.Options.Key);
                    break;
                case OpenAiVideosSimulator videos:
                    message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", videos.Options.Key);
                    break;
                case SegmindSimulator segmind:
                    message.Headers.Add("x-api-key", segmind.Options.Key);
                    break;
            }

            return stage.Http.SendAsync(message, stage.Soon);
        }
    }
}
