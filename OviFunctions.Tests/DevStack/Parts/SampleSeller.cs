using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OviFunctions.DevStack.Parts;

namespace OviFunctions.Tests.DevStack.Parts;

/// <summary>The smallest x402 seller: offers both protocol versions at once and settles through the facilitator.</summary>
internal sealed class SampleSeller(ChainNetwork network, Uri facilitator, int price) : IAsyncDisposable
{
    private readonly HttpClient _http = new();
    private WebApplication _app = null!;

    public Uri Url => new(new Uri(_app.Urls.Single()), "/jobs");

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapPost("/jobs", (Delegate)SellAsync);
        await _app.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _http.Dispose();
    }

    private async Task<IResult> SellAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (headers.TryGetValue("PAYMENT-SIGNATURE", out var v2)) return await SettleAsync(context, v2!, 2, "PAYMENT-RESPONSE");
        if (headers.TryGetValue("X-PAYMENT", out var v1)) return await SettleAsync(context, v1!, 1, "X-PAYMENT-RESPONSE");

        var offer = new JsonObject { ["x402Version"] = 2, ["resource"] = new JsonObject { ["url"] = Url.ToString() }, ["accepts"] = new JsonArray(Requirements(2)) };
        context.Response.Headers["PAYMENT-REQUIRED"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(offer.ToJsonString()));
        return Results.Json(new JsonObject { ["x402Version"] = 1, ["error"] = "pay", ["accepts"] = new JsonArray(Requirements(1)) }, statusCode: 402);
    }

    private async Task<IResult> SettleAsync(HttpContext context, string payment, int version, string receiptHeader)
    {
        var payload = JsonNode.Parse(Convert.FromBase64String(payment));
        var request = new JsonObject { ["x402Version"] = version, ["paymentPayload"] = payload, ["paymentRequirements"] = Requirements(version) };
        using var response = await _http.PostAsJsonAsync(new Uri(facilitator, "settle"), request, context.RequestAborted);
        var settlement = await response.Content.ReadAsStringAsync(context.RequestAborted);
        context.Response.Headers[receiptHeader] = Convert.ToBase64String(Encoding.UTF8.GetBytes(settlement));
        var settled = JsonElement.Parse(settlement).GetProperty("success").GetBoolean();
        using var reader = new StreamReader(context.Request.Body);
        return Results.Json(new { body = JsonElement.Parse(await reader.ReadToEndAsync(context.RequestAborted)) }, statusCode: settled ? 202 : 402);
    }

    private JsonObject Requirements(int version)
    {
        var requirements = new JsonObject
        {
            ["scheme"] = "exact",
            ["network"] = version == 1 ? network.V1Name : $"eip155:{network.Id}",
            [version == 1 ? "maxAmountRequired" : "amount"] = $"{price}",
            ["asset"] = network.Usdc,
            ["payTo"] = DevAccounts.Merchant.Address,
            ["maxTimeoutSeconds"] = 600,
            ["extra"] = new JsonObject { ["name"] = network.UsdcName, ["version"] = "2" },
        };
        if (version > 1) return requirements;
        requirements["resource"] = Url.ToString();
        requirements["description"] = "a job";
        requirements["mimeType"] = "application/json";
        return requirements;
    }
}
