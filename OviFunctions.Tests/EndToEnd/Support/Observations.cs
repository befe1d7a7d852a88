using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Azure.Storage.Blobs;
using OviFunctions.DevStack.Receiver;
using OviFunctions.DevStack.Simulators;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Identity;

namespace OviFunctions.Tests.EndToEnd.Support;

/// <summary>What the parties around a gateway have seen.</summary>
internal static class Observations
{
    /// <summary>The submits of a prompt, taken or not.</summary>
    public static IReadOnlyList<SimulatorCall> SubmitsOf(this IProviderSimulator provider, string prompt) =>
        [.. provider.Calls.Entries.Where(call => call.Kind == SimulatorCallKind.Submit && call.Body?.Text("prompt") == prompt)];

    /// <summary>The calls of a kind about the jobs of a prompt.</summary>
    public static IReadOnlyList<SimulatorCall> CallsOf(this IProviderSimulator provider, string prompt, SimulatorCallKind kind)
    {
        var ids = provider.SubmitsOf(prompt).Select(submit => submit.RequestId).OfType<string>().ToHashSet();
        return [.. provider.Calls.Entries.Where(call => call.Kind == kind && call.RequestId is { } id && ids.Contains(id))];
    }

    /// <summary>The callbacks about the jobs of a prompt.</summary>
    public static IReadOnlyList<SimulatorCallback> CallbacksOf(this IProviderSimulator provider, string prompt)
    {
        var ids = provider.SubmitsOf(prompt).Select(submit => submit.RequestId).OfType<string>().ToHashSet();
        return [.. provider.Callbacks.Entries.Where(callback => ids.Contains(callback.RequestId))];
    }

    /// <summary>Whether the gateway took a payment into its records.</summary>
    public static async Task<bool> HasClaimAsync(this TestGateway gateway, SignedAuthorization signed) =>
        await gateway.Container.GetBlobClient($"claims/{JobIdOf(signed)}").ExistsAsync();

    /// <summary>The id of the job that an authorization buys.</summary>
    public static string JobIdOf(SignedAuthorization signed) =>
        PaymentIdentity.JobId(EvmNetwork.BaseSepolia, signed.Transfer.From, signed.Transfer.Nonce);

    /// <summary>The recorded outcome of a job.</summary>
    public static async Task<JsonElement> OutcomeAsync(this TestGateway gateway, string jobId) =>
        JsonElement.Parse((await gateway.Container.GetBlobClient($"outcomes/{jobId}").DownloadContentAsync()).Value.Content);

    public static JsonElement Json(this ReceivedWebhook delivery) => JsonElement.Parse(delivery.Body.Span);

    /// <summary>
    /// Whether a secret signed a delivery, by the text of Standard Webhooks 1.0.0: HMAC-SHA256 over id, timestamp and body.
    /// </summary>
    public static bool IsSignedWith(this ReceivedWebhook delivery, string secret)
    {
        Assert.StartsWith("whsec_", secret, StringComparison.Ordinal);
        var envelope = $"{delivery.Headers["webhook-id"]}.{delivery.Headers["webhook-timestamp"]}.";
        byte[] content = [.. Encoding.UTF8.GetBytes(envelope), .. delivery.Body.Span];
        var mac = HMACSHA256.HashData(Convert.FromBase64String(secret[6..]), content);
        return delivery.Headers["webhook-signature"].Split(' ').Contains("v1," + Convert.ToBase64String(mac));
    }
}
