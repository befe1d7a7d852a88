using OviFunctions.Providers;
using OviFunctions.Tests.Providers.Fal;
using OviFunctions.Tests.Providers.Segmind;
using OviFunctions.Tests.Providers.WaveSpeed;

namespace OviFunctions.Tests.Providers;

/// <summary>The field mapping of OVI: who has which field, in which range, and what it costs there.</summary>
public sealed class ProviderOfferTests
{
    private const RequestFields NotWaveSpeeds =
        RequestFields.NegativePrompt | RequestFields.AudioNegativePrompt | RequestFields.Steps | RequestFields.Resolution | RequestFields.Options;

    private static readonly Dictionary<string, IVideoProvider> Accounts = new()
    {
        ["fal"] = new FalAccount().Provider,
        ["wavespeed"] = new WaveSpeedAccount().Provider,
        ["segmind"] = new SegmindAccount().Provider,
    };

    [Theory]
    [InlineData("wavespeed", 0.15)]
    [InlineData("fal", 0.20)]
    [InlineData("segmind", 0.25)]
    public void Offer_PlainRequest_IsTakenAtThePublishedPrice(string account, double cost) =>
        Assert.Equal(new ProviderOffer.Takes((decimal)cost), OfferOf(account, ProviderRequests.Needs()));

    [Theory]
    [InlineData("wavespeed", RequestFields.NegativePrompt, RequestFields.NegativePrompt)]
    [InlineData("wavespeed", RequestFields.AudioNegativePrompt, RequestFields.AudioNegativePrompt)]
    [InlineData("wavespeed", RequestFields.Steps, RequestFields.Steps)]
    [InlineData("wavespeed", RequestFields.Options, RequestFields.Options)]
    [InlineData("wavespeed", RequestFields.Resolution, RequestFields.Resolution)]
    [InlineData("wavespeed", RequestFields.Seconds, RequestFields.Seconds)]
    [InlineData("wavespeed", RequestFields.Seed, RequestFields.None)]
    [InlineData("wavespeed", NotWaveSpeeds, NotWaveSpeeds)]
    [InlineData("segmind", RequestFields.NegativePrompt | RequestFields.AudioNegativePrompt | RequestFields.Seed, RequestFields.None)]
    [InlineData("segmind", RequestFields.Steps | RequestFields.NegativePrompt, RequestFields.Steps)]
    [InlineData("segmind", RequestFields.Options, RequestFields.Options)]
    [InlineData("segmind", RequestFields.Resolution, RequestFields.Resolution)]
    public void Offer_Field_IsTakenOrNamed(string account, RequestFields fields, RequestFields lacking)
    {
        var offer = OfferOf(account, ProviderRequests.Needs(fields | RequestFields.Image));

        Assert.Equal(lacking, offer is ProviderOffer.Lacks lacks ? lacks.Fields : RequestFields.None);
        Assert.Equal(lacking == RequestFields.None, offer is ProviderOffer.Takes);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(2_147_483_647, true)]
    [InlineData(2_147_483_648, false)]
    [InlineData(-1, false)] // there it would mean: any
    [InlineData(-7, false)]
    public void Offer_Seed_IsNeverFolded(long seed, bool taken)
    {
        foreach (var account in (string[])["wavespeed", "segmind"])
        {
            var offer = OfferOf(account, ProviderRequests.Needs(seed: seed));

            Assert.Equal(taken, offer is ProviderOffer.Takes);
            if (!taken) Assert.Equal(new ProviderOffer.Lacks(RequestFields.Seed), offer);
        }
    }

    [Theory]
    [InlineData("wavespeed", "ovi/text-to-video", true)]
    [InlineData("wavespeed", "sora-2", false)]
    [InlineData("segmind", "ovi/text-to-video", false)]
    [InlineData("segmind", "sora-2", false)]
    public void Offer_Model_IsThereOrNot(string account, string model, bool offered) =>
        Assert.Equal(offered, Accounts[account].Offer(model, ProviderRequests.Needs(RequestFields.None)) is not ProviderOffer.NotOffered);

    private static ProviderOffer OfferOf(string account, RequestNeeds needs) => Accounts[account].Offer("ovi/image-to-video", needs);
}
