using OviFunctions.Providers;
using OviFunctions.Webhooks;

namespace OviFunctions.Tests.Providers.OpenAiVideos;

/// <summary>Webhooks of an account's project: signed as Standard Webhooks, and only a hint.</summary>
public sealed class OpenAiVideosCallbackTests
{
    private const string Completed = """{"id":"evt_1","object":"event","type":"video.completed","data":{"id":"video_1"}}""";

    private readonly VideosAccount _account = new();

    [Theory]
    [InlineData(Completed, "video_1")]
    [InlineData("""{"type":"video.failed","data":{"id":"video_2"}}""", "video_2")]
    [InlineData("""{"type":"video.completed","data":{"id":"../x"}}""", null)]
    [InlineData("""{"type":"video.completed","data":{}}""", null)]
    [InlineData("""{"type":"video.completed","data":[]}""", null)]
    [InlineData("""{"type":"video.completed","\ud800data":{}}""", null)]
    [InlineData("not json", null)]
    public async Task ReadCallbackAsync_Signed_IsAboutItsVideo(string body, string? id)
    {
        var result = await ReadAsync(_account.Callback(body));

        Assert.Equal(id, (result as CallbackResult.Genuine)?.RequestId);
        if (id is null) Assert.IsType<CallbackResult.Refused>(result);
    }

    [Theory]
    [InlineData(300, true)]
    [InlineData(301, false)]
    public async Task ReadCallbackAsync_OldOne_IsRefused(int seconds, bool isTaken)
    {
        var callback = _account.Callback(Completed);
        _account.Time.Advance(TimeSpan.FromSeconds(seconds));

        Assert.Equal(isTaken, await ReadAsync(callback) is CallbackResult.Genuine);
    }

    [Theory]
    [InlineData("webhook-id")]
    [InlineData("webhook-timestamp")]
    [InlineData("webhook-signature")]
    public async Task ReadCallbackAsync_HeaderMissing_IsRefused(string header)
    {
        var callback = _account.Callback(Completed);

        Assert.IsType<CallbackResult.Refused>(await ReadAsync(callback with { Headers = callback.Headers.Where(h => h.Key != header).ToDictionary() }));
    }

    [Fact]
    public async Task ReadCallbackAsync_OtherBodyOrOtherSecret_IsRefused()
    {
        var callback = _account.Callback(Completed);
        var other = new VideosAccount(WebhookSecret.Create());

        Assert.IsType<CallbackResult.Refused>(await ReadAsync(callback with { Body = _account.Callback("""{"data":{"id":"video_9"}}""").Body }));
        Assert.IsType<CallbackResult.Refused>(await other.Provider.ReadCallbackAsync(callback, default));
        Assert.IsType<CallbackResult.Refused>(await new VideosAccount(secret: null).Provider.ReadCallbackAsync(callback, default));
    }

    private Task<CallbackResult> ReadAsync(ProviderCallback callback) => _account.Provider.ReadCallbackAsync(callback, default);
}
