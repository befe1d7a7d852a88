using System.Text.Json;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;

namespace OviFunctions.Payments.Facilitators;

/// <summary>
/// Reads the answers of verify, settle and supported. The body counts for every status: CDP reports a pending
/// settlement as 500.
/// </summary>
internal static class FacilitatorAnswer
{
    private static readonly string[] Explanations = ["invalidReason", "invalidMessage", "errorReason", "errorMessage", "error"];

    /// <summary>Reads a verify's answer.</summary>
    public static VerifyOutcome Verify(HttpOutcome.Answered answer, EvmAddress payer)
    {
        if (!StrictJson.TryParse(answer.Body, out var document, out var problem))
            return NotVerified(answer, problem);
        using (document)
        {
            var body = document.RootElement;
            var seen = EvmAddress.TryParse(StrictJson.Text(body, "payer"), out var address) ? address : (EvmAddress?)null;
            return StrictJson.Flag(body, "isValid") switch
            {
                false => new VerifyOutcome.Invalid(FacilitatorCodes.Shown(StrictJson.Text(body, "invalidReason")), seen),
                true when !answer.Ok => NotVerified(answer, "contradicts its status"),
                true when seen is not null && seen != payer => new VerifyOutcome.Unreachable("it speaks of another payer") { Answered = true },
                true => new VerifyOutcome.Valid(payer),
                null => NotVerified(answer, "does not say isValid"),
            };
        }
    }

    /// <summary>Reads a settle's answer.</summary>
    public static SettleOutcome Settle(HttpOutcome.Answered answer, EvmAddress payer, PaymentRequirement requirement)
    {
        if (!StrictJson.TryParse(answer.Body, out var document, out var problem))
            return NotSettled(answer, problem);
        using (document)
        {
            var body = document.RootElement;
            var transaction = Bytes32.TryParse(StrictJson.Text(body, "transaction"), out var hash) ? hash : (Bytes32?)null;
            var code = FacilitatorCodes.Shown(StrictJson.Text(body, "errorReason"));
            return StrictJson.Flag(body, "success") switch
            {
                null => NotSettled(answer, "does not say success"),
                false when code == FacilitatorCodes.SettlementPending => new SettleOutcome.Pending(transaction),
                false => new SettleOutcome.Refused(code, transaction),
                true when !answer.Ok || transaction is null => NotSettled(answer, "says success without a transaction or with an error status"),
                true when IsOther(body, payer, requirement) => new SettleOutcome.Unknown("it speaks of another payer, amount or network") { Answered = true },
                true => new SettleOutcome.Settled(transaction.Value),
            };
        }
    }

    /// <summary>Reads the list of what is supported; entries of other forms are left out.</summary>
    public static SupportedOutcome Supported(HttpOutcome.Answered answer)
    {
        if (!StrictJson.TryParse(answer.Body, out var document, out var problem))
            return new SupportedOutcome.Unreachable(Unread(answer, problem)) { IsMisconfigured = RefusesUs(answer) };
        using (document)
        {
            return answer.Ok && StrictJson.Member(document.RootElement, "kinds") is { ValueKind: JsonValueKind.Array } kinds
                ? new SupportedOutcome.Supported([.. kinds.EnumerateArray().Select(Kind).OfType<SupportedKind>()])
                : new SupportedOutcome.Unreachable(Unread(answer, "has no list of kinds")) { IsMisconfigured = RefusesUs(answer) };
        }
    }

    /// <summary>The texts with which the facilitator explains itself, for a scrubbed line in the log.</summary>
    public static string? Explanation(ReadOnlyMemory<byte> body)
    {
        if (!StrictJson.TryParse(body, out var document, out _)) return null;
        using (document)
        {
            string[] texts = [.. Explanations.Select(name => StrictJson.Text(document.RootElement, name)).OfType<string>()];
            return texts.Length == 0 ? null : string.Join("; ", texts);
        }
    }

    private static VerifyOutcome.Unreachable NotVerified(HttpOutcome.Answered answer, string problem) =>
        new(Unread(answer, problem)) { IsMisconfigured = RefusesUs(answer), Answered = !IsBusy(answer) };

    private static SettleOutcome.Unknown NotSettled(HttpOutcome.Answered answer, string problem) =>
        new(Unread(answer, problem)) { IsMisconfigured = RefusesUs(answer), Answered = !IsBusy(answer) };

    /// <summary>Statuses with which whole services, or the proxies before them, say that they cannot answer anybody now.</summary>
    private static bool IsBusy(HttpOutcome.Answered answer) => (int)answer.Status is 408 or 425 or 429 or 502 or 503 or 504;

    /// <summary>
    /// Whether an answer that does not answer comes from one that is there and will not work for us, and not from one that is down or
    /// busy. The reference facilitator says 500 when it knows neither our version nor our network.
    /// </summary>
    private static bool RefusesUs(HttpOutcome.Answered answer) =>
        ((int)answer.Status is >= 400 and < 500 && !IsBusy(answer))
        || Explanation(answer.Body)?.Contains("No facilitator registered", StringComparison.Ordinal) == true;

    private static SupportedKind? Kind(JsonElement kind) =>
        StrictJson.Integer(kind, "x402Version") is { } version && StrictJson.Text(kind, "scheme") is { } scheme
        && StrictJson.Text(kind, "network") is { } network
            ? new SupportedKind(version, scheme, network)
            : null;

    private static bool IsOther(JsonElement body, EvmAddress payer, PaymentRequirement ours) =>
        (StrictJson.Text(body, "payer") is { } said && (!EvmAddress.TryParse(said, out var address) || address != payer))
        || (StrictJson.Text(body, "amount") is { } amount && amount != ours.Amount.ToString())
        || (StrictJson.Text(body, "network") is { } named && named != ours.Network.V1Name && named != ours.Network.CaipId);

    private static string Unread(HttpOutcome.Answered answer, string problem) => $"its answer (HTTP {(int)answer.Status}) {problem}";
}
