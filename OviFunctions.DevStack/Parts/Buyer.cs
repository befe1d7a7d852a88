using System.Text.Json;
using OviFunctions.DevStack.Processes;

namespace OviFunctions.DevStack.Parts;

/// <summary>Which reference client pays.</summary>
public enum BuyerClient
{
    /// <summary><c>@x402/fetch</c>, protocol version 2.</summary>
    V2,

    /// <summary><c>x402-fetch</c>, protocol version 1.</summary>
    V1,

    /// <summary><c>@x402/extensions</c>: pays nothing and signs in with the wallet.</summary>
    SignIn,
}

/// <summary>What a buyer asks for and how.</summary>
/// <param name="Body">The JSON body.</param>
internal sealed record Purchase(Uri Url, string Body)
{
    public BuyerClient Client { get; init; } = BuyerClient.V2;

    public string Method { get; init; } = "POST";

    public Wallet Wallet { get; init; } = DevAccounts.Buyer;

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>The most that may be paid, in dollars (<c>1.50</c>); null leaves it at the client's own cap: $1 (V2), $0.10 (V1).</summary>
    public string? MaxDollars { get; init; }

    /// <summary>Whether the payment is only made, not sent.</summary>
    public bool SignOnly { get; init; }

    /// <summary>Whether the payment header is in the outcome, to send the same payment again.</summary>
    public bool ShowPayment { get; init; }

    /// <summary>Sees each exchange when it has ended.</summary>
    public Action<BuyerExchange>? OnExchange { get; init; }
}

/// <summary>One HTTP exchange of a purchase.</summary>
/// <param name="Json">Request, response and milliseconds as the client printed them.</param>
internal sealed record BuyerExchange(JsonElement Json)
{
    public int Status => Json.GetProperty("response").GetProperty("status").GetInt32();

    /// <summary>From the request to the whole answer.</summary>
    public TimeSpan Duration => TimeSpan.FromMilliseconds(Json.GetProperty("milliseconds").GetDouble());

    public JsonElement ResponseBody => Json.GetProperty("response").GetProperty("body");

    /// <summary>A header of the response, by its lower-case name.</summary>
    public string? ResponseHeader(string name) => Json.GetProperty("response").GetProperty("headers").TryGetProperty(name, out var value) ? value.GetString() : null;
}

/// <summary>How a purchase ended.</summary>
/// <param name="Exchanges">Usually two: the quote and the paid request.</param>
/// <param name="Status">The last status; 0 when the payment was only made, null when the client refused or failed.</param>
/// <param name="Body">The last answer.</param>
/// <param name="Receipt">The decoded settlement of the answer.</param>
/// <param name="Payment">The payment header, if it was asked for.</param>
/// <param name="Error">Why the client refused or failed.</param>
internal sealed record PurchaseOutcome(
    IReadOnlyList<BuyerExchange> Exchanges, int? Status, JsonElement? Body, JsonElement? Receipt, string? Payment, string? Error);

/// <summary>Buys with a reference client, run as buyers run it: in Node.js, in a process of its own.</summary>
internal static class Buyer
{
    public static async Task<PurchaseOutcome> BuyAsync(PartHost host, ChainNetwork network, Purchase purchase, CancellationToken cancellationToken)
    {
        // An inline image does not fit on a command line.
        var bodyFile = Path.Combine(host.DataFolder, $"purchase-{Path.GetRandomFileName()}.json");
        await File.WriteAllTextAsync(bodyFile, purchase.Body, cancellationToken);
        try
        {
            return await RunAsync(host, network, purchase, bodyFile, cancellationToken);
        }
        finally
        {
            File.Delete(bodyFile);
        }
    }

    private static async Task<PurchaseOutcome> RunAsync(PartHost host, ChainNetwork network, Purchase purchase, string bodyFile, CancellationToken cancellationToken)
    {
        var script = purchase.Client switch { BuyerClient.V2 => "pay-v2.mjs", BuyerClient.V1 => "pay-v1.mjs", _ => "sign-in.mjs" };
        List<string> arguments = [Path.Combine(host.PeersFolder, script), purchase.Url.ToString(), "--method", purchase.Method, "--body", "@" + bodyFile, "--chain", $"{network.Id}"];
        foreach (var (name, value) in purchase.Headers) arguments.AddRange(["--header", $"{name}: {value}"]);
        if (purchase.MaxDollars is { } max) arguments.AddRange(["--max", max]);
        if (purchase.SignOnly) arguments.Add("--sign-only");
        if (purchase.ShowPayment) arguments.Add("--show-payment");

        var lines = new List<JsonElement>();
        var spec = new ProcessSpec("Buyer", "node", arguments)
        {
            Environment = new Dictionary<string, string?> { ["BUYER_KEY"] = purchase.Wallet.PrivateKey },
            OnOutput = text =>
            {
                if (!text.StartsWith('{')) return;
                var line = JsonElement.Parse(text);
                lock (lines) lines.Add(line);
                if (line.TryGetProperty("exchange", out var exchange)) purchase.OnExchange?.Invoke(new BuyerExchange(exchange));
            },
        };
        await using var node = ChildProcess.Start(spec, host.Watchdog, host.Time);
        await node.WaitForExitAsync(cancellationToken);
        lock (lines) return Read(lines, node.Output);
    }

    private static PurchaseOutcome Read(List<JsonElement> lines, OutputTail output)
    {
        var exchanges = lines.Where(line => line.TryGetProperty("exchange", out _)).Select(line => new BuyerExchange(line.GetProperty("exchange"))).ToList();
        if (lines.Count == 0 || !lines[^1].TryGetProperty("final", out var final))
            return new PurchaseOutcome(exchanges, null, null, null, null, string.Join(Environment.NewLine, output.Last(10)));
        return new PurchaseOutcome(
            exchanges,
            Property("status")?.GetInt32(),
            Property("body"),
            Property("receipt"),
            Property("payment")?.GetString(),
            Property("error")?.GetString());

        JsonElement? Property(string name) => final.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }
}
