using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using OviFunctions.Payments;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.X402;

namespace OviFunctions.Http.SignIn;

/// <summary>
/// Decodes <c>SIGN-IN-WITH-X</c>: base64 of a JSON object (x402-foundation/x402, specs/extensions/sign-in-with-x.md), written
/// by a stranger. Members that the extension does not know are ignored: they were not signed.
/// </summary>
internal static class SignInHeader
{
    public const string Name = "SIGN-IN-WITH-X";

    /// <summary>Longest header that is read, in characters.</summary>
    public const int MaxLength = 8192;

    private const int MaxResources = 16;
    private const string VisibleAscii = "visible ASCII characters";
    private const string Time = "a time of RFC 3339, such as 2026-11-20T12:00:00.000Z";

    private static readonly string[] TimeFormats = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz"];

    /// <summary>Reads the header's value; <paramref name="problem"/> says why it cannot be read.</summary>
    public static bool TryDecode(string value, [NotNullWhen(true)] out SignedSignIn? signIn, [NotNullWhen(false)] out Problem? problem)
    {
        signIn = null;
        problem = null;
        if (value.Length > MaxLength) problem = SignInProblems.Malformed($"{Name} has more than {MaxLength} characters.");
        else if (!PaymentHeader.TryDecodeBase64(value, out var utf8) || Convert.ToBase64String(utf8).TrimEnd('=') != value.TrimEnd('='))
            problem = SignInProblems.Malformed($"{Name} must be standard base64 (A-Z a-z 0-9 + /, padding optional) of a JSON object.");
        else if (!StrictJson.TryParse(utf8, out var document, out var why))
            problem = SignInProblems.Malformed($"{Name} decodes to something that {why}.");
        else
        {
            using (document) signIn = new Fields(document.RootElement).Read(out problem);
        }

        return signIn is not null;
    }

    private static bool IsVisible(string text, int longest) => text.Length > 0 && text.Length <= longest && text.All(c => c is > ' ' and <= '~');

    /// <summary>Reads on after a problem and keeps the first one; the values mean nothing then.</summary>
    private sealed class Fields(JsonElement root)
    {
        private string? _wrong;

        public SignedSignIn? Read(out Problem? problem)
        {
            var message = new SignInMessage
            {
                Domain = Required("domain", VisibleAscii, text => IsVisible(text, 255)),
                Address = EvmAddress.TryParse(Required("address", "0x and 40 hexadecimal digits", text => EvmAddress.TryParse(text, out _)), out var address)
                    ? address
                    : default,
                Statement = Optional("statement", "1 to 500 characters without line breaks", text => text.Length is > 0 and <= 500 && !text.Any(char.IsControl)),
                Uri = Required("uri", VisibleAscii, text => IsVisible(text, 2000)),
                ChainId = Required("chainId", "a CAIP-2 id, such as eip155:8453", text => IsVisible(text, 64)),
                Nonce = Required("nonce", "8 to 128 letters and digits", text => text.Length is >= 8 and <= 128 && text.All(char.IsAsciiLetterOrDigit)),
                IssuedAt = At(Required("issuedAt", Time, text => TryTime(text, out _))),
                ExpirationTime = Optional("expirationTime", Time, text => TryTime(text, out _)) is { } expires ? At(expires) : null,
                NotBefore = Optional("notBefore", Time, text => TryTime(text, out _)) is { } notBefore ? At(notBefore) : null,
                RequestId = Optional("requestId", VisibleAscii, text => IsVisible(text, 200)),
                Resources = Resources(),
            };
            Required("version", "\"1\"", text => text == "1");
            Required("type", "\"eip191\"", text => text == "eip191");
            var signature = Hex.Decode(Required("signature", "0x and an even number of hexadecimal digits", text => Hex.Decode(text) is { Length: > 0 }));
            problem = _wrong is null ? null : SignInProblems.Malformed(_wrong);
            return _wrong is null ? new SignedSignIn(message, signature!) : null;
        }

        private string Required(string name, string right, Func<string, bool> isRight) =>
            StrictJson.Text(root, name) is { } text && isRight(text) ? text : Wrong(name, right);

        private string? Optional(string name, string right, Func<string, bool> isRight) =>
            StrictJson.Member(root, name).ValueKind == JsonValueKind.Undefined ? null : Required(name, right, isRight);

        private string[]? Resources()
        {
            var member = StrictJson.Member(root, "resources");
            if (member.ValueKind == JsonValueKind.Undefined) return null;
            string?[] texts = member.ValueKind == JsonValueKind.Array ? [.. member.EnumerateArray().Select(StrictJson.Text)] : [null];
            if (texts.Length > MaxResources || !texts.All(text => text is not null && IsVisible(text, 2000)))
                Wrong("resources", $"an array of at most {MaxResources} URIs");
            return texts!;
        }

        private string Wrong(string name, string right)
        {
            _wrong ??= $"The {name} of {Name} must be {right}.";
            return "";
        }

        private static SignInTime At(string text)
        {
            TryTime(text, out var at);
            return new SignInTime(text, at);
        }

        private static bool TryTime(string text, out DateTimeOffset at) => DateTimeOffset.TryParseExact(
            text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out at);
    }
}
