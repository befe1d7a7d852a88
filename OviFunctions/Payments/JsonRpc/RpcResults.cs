using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Payments.Chain;

/// <summary>Parses the results of the JSON-RPC methods that we call (ethereum/execution-apis).</summary>
internal static class RpcResults
{
    /// <summary>A QUANTITY of at most 64 bits.</summary>
    public static bool TryQuantity(JsonElement result, out ulong quantity)
    {
        quantity = 0;
        return StrictJson.Text(result) is { } text && text.StartsWith("0x", StringComparison.Ordinal)
            && ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out quantity);
    }

    /// <summary>The ABI word that a contract returned.</summary>
    public static bool TryWord(JsonElement result, out Uint256 word)
    {
        var ok = Bytes32.TryParse(StrictJson.Text(result), out var bytes);
        Span<byte> span = stackalloc byte[Bytes32.Size];
        bytes.CopyTo(span);
        word = Uint256.FromBigEndian(span);
        return ok;
    }

    /// <summary>A contract's <c>bool</c>.</summary>
    public static bool TryBool(JsonElement result, out bool value)
    {
        var ok = TryWord(result, out var word);
        value = word > 0;
        return ok;
    }

    /// <summary>What a contract returned for <c>isValidSignature</c>: whatever it is, it is a yes or a no.</summary>
    public static bool TryAcceptance(JsonElement result, out bool accepted)
    {
        var returned = StrictJson.Text(result);
        accepted = Eip1271.IsAccepted(returned);
        return returned is not null;
    }

    /// <summary>A block; a node that does not have it says <c>null</c>.</summary>
    public static bool TryBlock(JsonElement result, [MaybeNullWhen(false)] out BlockHead block)
    {
        var ok = TryQuantity(StrictJson.Member(result, "number"), out var number)
            & TryHash(result, "hash", out var hash) & TryQuantity(StrictJson.Member(result, "timestamp"), out var timestamp);
        block = ok ? new BlockHead(number, hash, timestamp) : null;
        return ok;
    }

    /// <summary>The logs that were not removed; false when one of them cannot be read.</summary>
    public static bool TryLogs(JsonElement result, [MaybeNullWhen(false)] out EvmLog[] logs)
    {
        logs = null;
        if (result.ValueKind != JsonValueKind.Array) return false;
        EvmLog?[] read = [.. result.EnumerateArray().Where(log => StrictJson.Flag(log, "removed") is not true).Select(Log)];
        if (read.Contains(null)) return false;
        logs = [.. read.OfType<EvmLog>()];
        return true;
    }

    private static EvmLog? Log(JsonElement log) =>
        EvmAddress.TryParse(StrictJson.Text(log, "address"), out var address)
        && TryTopics(StrictJson.Member(log, "topics"), out var topics)
        && Hex.Decode(StrictJson.Text(log, "data")) is { } data
        && TryHash(log, "transactionHash", out var transaction)
        && TryHash(log, "blockHash", out var blockHash)
        && TryQuantity(StrictJson.Member(log, "blockNumber"), out var blockNumber)
        && TryQuantity(StrictJson.Member(log, "logIndex"), out var logIndex)
            ? new EvmLog(address, topics, data, transaction, blockHash, blockNumber, logIndex)
            : null;

    private static bool TryTopics(JsonElement list, out List<Bytes32> topics)
    {
        topics = [];
        if (list.ValueKind != JsonValueKind.Array) return false;
        foreach (var item in list.EnumerateArray())
        {
            if (!Bytes32.TryParse(StrictJson.Text(item), out var topic)) return false;
            topics.Add(topic);
        }
        return true;
    }

    private static bool TryHash(JsonElement parent, string name, out Bytes32 hash) =>
        Bytes32.TryParse(StrictJson.Text(parent, name), out hash);
}
