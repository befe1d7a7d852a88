using System.Text.Json;
using OviFunctions.Providers;

namespace OviFunctions.Tests.Providers.Fal;

/// <summary>fal's model without an image: another endpoint of the same app, and the only one with a resolution.</summary>
public sealed class FalTextToVideoTests
{
    private readonly FalAccount _account = new();

    [Fact]
    public async Task SubmitAsync_TextToVideo_SendsTheResolutionToTheAppsOwnEndpoint()
    {
        _account.Fal.Answer(200, """{"request_id":"req-1"}""");
        var request = FalAccount.Request() with { Model = "ovi/text-to-video", ImageUrl = null, Resolution = "720x720" };

        Assert.IsType<SubmitResult.Accepted>(await _account.Provider.SubmitAsync(request, default));

        var sent = Assert.Single(_account.Fal.Requests);
        Assert.Equal("/fal-ai/ovi", sent.Url.AbsolutePath);
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(sent.Body), JsonElement.Parse("""
            {"prompt":"A cat says <S>hello<E>.","resolution":"720x720","negative_prompt":"blur","audio_negative_prompt":"hiss",
             "num_inference_steps":30,"seed":42}
            """)));
    }

    [Theory]
    [InlineData("ovi/text-to-video")]
    [InlineData("ovi/image-to-video")]
    [InlineData(null)] // as in jobs from before there were two: one app serves both
    public async Task ReadAsync_EitherModel_ReadsAtTheApp(string? model)
    {
        _account.Fal.Answer(202, """{"status":"IN_QUEUE"}""");

        await _account.Provider.ReadAsync(new ProviderJob("req-1", null, model), default);

        Assert.Equal("/fal-ai/ovi/requests/req-1/status", Assert.Single(_account.Fal.Requests).Url.AbsolutePath);
    }

    [Fact]
    public void Offer_Models_AreTheTwoOfOvi()
    {
        var needs = new RequestNeeds(RequestFields.Resolution | RequestFields.Steps, -5, "720x720");

        Assert.IsType<ProviderOffer.Takes>(_account.Provider.Offer("ovi/text-to-video", needs));
        Assert.IsType<ProviderOffer.Takes>(_account.Provider.Offer("ovi/image-to-video", needs));
        Assert.IsType<ProviderOffer.NotOffered>(_account.Provider.Offer("sora-2", needs));
    }
}
