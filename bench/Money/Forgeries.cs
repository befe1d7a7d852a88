using System.Security.Cryptography;
using System.Text.Json.Nodes;
using OviFunctions.DevStack.Faults;

namespace OviFunctions.Bench.Money;

/// <summary>Answers that are not true.</summary>
internal static class Forgeries
{
    private static readonly string[] NoAnswers =
    [
        "<html><body>Please wait.</body></html>", "{}", "[]", "null", """{"jsonrpc":"2.0","id":1}""", """{"success":"true","isValid":"yes","result":7}""",
    ];

    /// <summary>HTTP 200 with something that is no answer to anything.</summary>
    public static FaultAction NoAnswer(Dice dice) => Fault.Answer(200, NoAnswers[dice.Roll(0, NoAnswers.Length - 1)]);

    /// <summary>A facilitator refuses what is valid.</summary>
    public static FaultAction Invalid(MoneyOrder order) => Json(new()
    {
        ["isValid"] = false, ["invalidReason"] = "invalid_exact_evm_signature", ["payer"] = order.Payer.Address,
    });

    /// <summary>A facilitator finds a payment valid, and takes it for somebody else's.</summary>
    public static FaultAction ValidForAnother(string payer) => Json(new() { ["isValid"] = true, ["payer"] = payer });

    /// <summary>A facilitator has settled, in a transaction that does not pay for this.</summary>
    public static FaultAction Settled(MoneyOrder order, string transaction) => Json(new()
    {
        ["success"] = true, ["transaction"] = transaction, ["network"] = "eip155:84532", ["payer"] = order.Payer.Address,
    });

    /// <summary>A facilitator has not settled; so says one that lost its node's answer.</summary>
    public static FaultAction NotSettled(MoneyOrder order) => Json(new()
    {
        ["success"] = false, ["errorReason"] = "invalid_exact_evm_transaction_failed", ["transaction"] = "", ["network"] = "eip155:84532",
        ["payer"] = order.Payer.Address,
    });

    /// <summary>A node refuses.</summary>
    public static FaultAction NodeError { get; } =
        Json(new() { ["jsonrpc"] = "2.0", ["id"] = 1, ["error"] = new JsonObject { ["code"] = -32000, ["message"] = "out of order" } });

    /// <summary>A node took a transaction, with a hash that nobody knows.</summary>
    public static FaultAction TransactionTaken() => Json(new() { ["jsonrpc"] = "2.0", ["id"] = 1, ["result"] = NewHash() });

    /// <summary>A node's answer with hashes of something else.</summary>
    public static FaultAction OtherHashes() => Fault.Modify(answer =>
    {
        var json = JsonNode.Parse(answer.Text)!;
        switch (json["result"])
        {
            case JsonValue:
                json["result"] = NewHash();
                break;
            case JsonObject receipt:
                receipt["transactionHash"] = NewHash();
                break;
            case JsonArray logs:
                foreach (var log in logs) log!["transactionHash"] = NewHash();
                break;
        }

        return answer.WithText(json.ToJsonString());
    });

    /// <summary>A node's answer turned round: used is unused, mined is reverted, there are no logs, it was not taken.</summary>
    public static FaultAction Opposite() => Fault.Modify(answer =>
    {
        var json = JsonNode.Parse(answer.Text)!;
        switch (json["result"])
        {
            case JsonValue word when ((string)word!).Length == NewHash().Length && ((string)word!).TrimStart('0', 'x').Length <= 1:
                json["result"] = "0x" + (((string)word!).EndsWith('0') ? "1" : "0").PadLeft(64, '0');
                break;
            case JsonObject receipt when receipt["status"] is { } status:
                receipt["status"] = (string)status! == "0x1" ? "0x0" : "0x1";
                break;
            case JsonArray logs:
                logs.Clear();
                break;
            default:
                json.AsObject().Remove("result");
                json["error"] = new JsonObject { ["code"] = -32000, ["message"] = "execution reverted" };
                break;
        }

        return answer.WithText(json.ToJsonString());
    });

    /// <summary>A hash of nothing.</summary>
    public static string NewHash() => "0x" + RandomNumberGenerator.GetHexString(64, lowercase: true);

    private static FaultAction Json(JsonObject answer) => Fault.Answer(200, answer.ToJsonString());
}
