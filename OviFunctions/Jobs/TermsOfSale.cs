using OviFunctions.Configuration;
using OviFunctions.Payments;
using OviFunctions.Payments.X402;

namespace OviFunctions.Jobs;

/// <summary>What the seller promises to buyers who have no account and no contract.</summary>
public sealed class TermsOfSale(OviSettings settings, VideoModels models, Till? till)
{
    /// <summary>The route of <see cref="Page"/>.</summary>
    public const string Route = "v1/terms";

    /// <summary>Where quotes find the terms.</summary>
    public static SaleTerms Of(OviSettings settings)
    {
        var page = new Uri(settings.PublicBaseUrl, "/" + Route);
        return new SaleTerms(
            settings.Seller.TermsUrl ?? page, new Uri(page, "#/refunds"), settings.Refunds.InvalidInputPercent, settings.Refunds.ContentPolicyPercent);
    }

    /// <summary>The terms for programs and people; the refund URL's fragment is a JSON pointer into it.</summary>
    public object Page { get; } = new
    {
        seller = settings.Seller.ServiceName,
        terms_url = Of(settings).Terms,
        prices = models.All.Select(model => new
        {
            model = model.Name,
            currency = "USDC",
            network = till?.Network.CaipId,
            price = Usdc.FromAtomic(model.PriceAtomic(request: null)),
            highest_price = Usdc.FromAtomic(model.HighestPriceAtomic),
            note = "The exact price of a request is in the 402 that answers it.",
        }).ToArray(),
        payment = "An order is charged once, by the authorization that was sent with it. The same request sent again is the same order. "
            + "A payment that is refused is not used.",
        refunds = new
        {
            when = "When a paid order ends without a video. Nobody has to ask for it.",
            how = "USDC to the paying wallet, on the network on which it paid.",
            progress = "The order's payment.state: refund_due, refund_pending, refunded or refund_blocked.",
            percent = new
            {
                provider_failure = 100,
                deadline = 100,
                seller_failure = 100,
                canceled_before_a_video_was_made = 100,
                invalid_input = settings.Refunds.InvalidInputPercent,
                content_policy = settings.Refunds.ContentPolicyPercent,
            },
        },
    };
}
