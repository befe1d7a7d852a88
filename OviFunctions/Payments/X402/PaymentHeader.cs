using System.Buffers;
using System.Text.Json;
using System.Text.RegularExpressions;
using OviFunctions.Crypto;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Payments.X402;

/// <summary>
/// Decodes <c>X-PAYMENT</c> and <c>PAYMENT-SIGNATURE</c>: base64 of a JSON object, written by a stranger. One
/// authorization can be spelled in many ways that facilitators accept, so everything here is exact.
/// </summary>
public static partial class PaymentHeader
{
    /// <summary>Longest header that is read, in characters.</summary>
    public const int MaxLength = 8192;

    private const string IdentifierPath = "extensions.payment-identifier";

    private static readonly SearchValues<char> Base64Digits =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

    private static readonly string[] OfferMembers = ["scheme", "network", "amount", "asset", "payTo", "maxTimeoutSeconds", "extra"];

    /// <summary>Reads the value of a payment header.</summary>
    /// <param name="version">The version whose header it came in.</param>
    /// <param name="value">The header's value.</param>
    public static PaymentDecoding Decode(X402Version version, string value)
    {
        var name = X402Headers.PaymentOf(version);
        if (value.Length > MaxLength)
            return Refuse(PaymentProblemCodes.TooLarge, $"{name} has more than {MaxLength} characters.");
        if (!TryDecodeBase64(value, out var utf8))
            return Refuse(PaymentProblemCodes.NotBase64,
                $"{name} must be standard base64 (A-Z a-z 0-9 + /, padding optional) of a JSON object.");
        if (!StrictJson.TryParse(utf8, out var document, out var why))
            return Refuse(PaymentProblemCodes.NotJson, $"{name} decodes to something that {why}.");
        using (document) return Read(version, document.RootElement);
    }

    private static PaymentDecoding Read(X402Version version, JsonElement root)
    {
        var fields = new PaymentFields();
        if (root.ValueKind != JsonValueKind.Object)
            return Refuse(PaymentProblemCodes.NotJson, $"{X402Headers.PaymentOf(version)} must decode to a JSON object.");
        var said = fields.Integer(root, "x402Version");
        if (fields.Problem is null && said != (int)version)
        {
            return new PaymentDecoding.Refused(new PaymentProblem(PaymentProblemCodes.WrongVersion,
                $"{X402Headers.PaymentOf(version)} carries x402Version {(int)version}. Version 1 belongs in "
                + $"{X402Headers.PaymentV1}, version 2 in {X402Headers.PaymentV2}; others are not supported.", "invalid_x402_version"));
        }

        var signed = ReadSigned(fields, fields.Object(root, "payload"));
        var payment = version == X402Version.V1
            ? new PaymentPayload(version, fields.Text(root, "scheme"), fields.Text(root, "network"), signed)
            : ReadV2(fields, root, signed);
        return fields.Problem is { } problem ? new PaymentDecoding.Refused(problem) : new PaymentDecoding.Decoded(payment);
    }

    private static PaymentPayload ReadV2(PaymentFields fields, JsonElement root, SignedAuthorization signed)
    {
        var accepted = ReadOffer(fields, fields.Object(root, "accepted"));
        var extensions = fields.OptionalObject(root, "extensions");
        var info = fields.OptionalObject(fields.OptionalObject(extensions, IdentifierPath), IdentifierPath + ".info");
        var id = fields.OptionalText(info, IdentifierPath + ".info.id");
        if (id is not null && !PaymentIdentifier().IsMatch(id))
            fields.Wrong<string>(IdentifierPath + ".info.id", "16 to 128 characters of a-z, A-Z, 0-9, _ and -");
        return new PaymentPayload(X402Version.V2, accepted.Scheme, accepted.Network, signed, accepted, id);
    }

    private static SignedAuthorization ReadSigned(PaymentFields fields, JsonElement payload)
    {
        var signature = fields.Bytes(payload, "payload.signature");
        // Some signers say 0 and 1 where contracts take 27 and 28: the same signature, so it is kept in the second form.
        if (signature is { Length: Secp256k1.SignatureSize } && signature[^1] < 2) signature[^1] += 27;
        const string path = "payload.authorization";
        var authorization = fields.Object(payload, path);
        return new SignedAuthorization(
            new TransferAuthorization(
                fields.Address(authorization, path + ".from"),
                fields.Address(authorization, path + ".to"),
                fields.Uint256(authorization, path + ".value"),
                fields.Uint256(authorization, path + ".validAfter"),
                fields.Uint256(authorization, path + ".validBefore"),
                fields.Bytes32(authorization, path + ".nonce")),
            Hex.Encode(signature));
    }

    private static AcceptedOffer ReadOffer(PaymentFields fields, JsonElement accepted)
    {
        var extra = fields.OptionalObject(accepted, "accepted.extra");
        return new AcceptedOffer(
            fields.Text(accepted, "accepted.scheme"),
            fields.Text(accepted, "accepted.network"),
            fields.Uint256(accepted, "accepted.amount"),
            fields.Address(accepted, "accepted.asset"),
            fields.Address(accepted, "accepted.payTo"),
            fields.Integer(accepted, "accepted.maxTimeoutSeconds"),
            fields.OptionalText(extra, "accepted.extra.name"),
            fields.OptionalText(extra, "accepted.extra.version"),
            HasOthers(accepted, OfferMembers) || HasOthers(extra, "name", "version"));
    }

    private static bool HasOthers(JsonElement element, params string[] known) =>
        element.ValueKind == JsonValueKind.Object && element.EnumerateObject().Any(member => !known.Any(member.NameEquals));

    internal static bool TryDecodeBase64(string value, out byte[] bytes)
    {
        bytes = [];
        var digits = value.AsSpan().TrimEnd('=');
        var padding = value.Length - digits.Length;
        if (digits.IsEmpty || padding > 2 || digits.ContainsAnyExcept(Base64Digits) || digits.Length % 4 == 1) return false;
        if (padding > 0 && value.Length % 4 != 0) return false;
        bytes = Convert.FromBase64String(string.Concat(digits, "==".AsSpan(0, (4 - (digits.Length % 4)) % 4)));
        return true;
    }

    private static PaymentDecoding.Refused Refuse(string code, string detail) => new(new PaymentProblem(code, detail, "invalid_payload"));

    [GeneratedRegex(@"\A[a-zA-Z0-9_-]{16,128}\z")]
    private static partial Regex PaymentIdentifier();
}
