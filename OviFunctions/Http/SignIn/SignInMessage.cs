using System.Text;
using OviFunctions.Crypto;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Http.SignIn;

/// <summary>
/// What a wallet signed to sign in: the fields of x402's extension <c>sign-in-with-x</c>, from which the text of EIP-4361 is
/// made again. No field has a line break, so that one text is one message.
/// </summary>
internal sealed record SignInMessage
{
    /// <summary>Host and port of the site.</summary>
    public required string Domain { get; init; }

    public required EvmAddress Address { get; init; }

    public string? Statement { get; init; }

    /// <summary>What is accessed.</summary>
    public required string Uri { get; init; }

    /// <summary>CAIP-2, for example <c>eip155:8453</c>.</summary>
    public required string ChainId { get; init; }

    /// <summary>8 or more letters and digits; used once.</summary>
    public required string Nonce { get; init; }

    public required SignInTime IssuedAt { get; init; }

    public SignInTime? ExpirationTime { get; init; }

    public SignInTime? NotBefore { get; init; }

    public string? RequestId { get; init; }

    public IReadOnlyList<string>? Resources { get; init; }

    /// <summary>The digest that was signed, when the message is for this network.</summary>
    public byte[] Digest(EvmNetwork network) => Eip191.Digest(Encoding.UTF8.GetBytes(Text(network)));

    /// <summary>The text of EIP-4361.</summary>
    internal string Text(EvmNetwork network)
    {
        List<string> lines = [$"{Domain} wants you to sign in with your Ethereum account:", Address.ToChecksumString(), ""];
        if (Statement is not null) lines.Add(Statement);
        lines.AddRange(["", $"URI: {Uri}", "Version: 1", $"Chain ID: {network.ChainId}", $"Nonce: {Nonce}", $"Issued At: {IssuedAt.Text}"]);
        if (ExpirationTime is not null) lines.Add($"Expiration Time: {ExpirationTime.Text}");
        if (NotBefore is not null) lines.Add($"Not Before: {NotBefore.Text}");
        if (RequestId is not null) lines.Add($"Request ID: {RequestId}");
        if (Resources is not null) lines.AddRange(["Resources:", .. Resources.Select(resource => $"- {resource}")]);
        return string.Join('\n', lines);
    }
}

/// <summary>A time (RFC 3339), and how it was written: that is what was signed.</summary>
internal sealed record SignInTime(string Text, DateTimeOffset At);

/// <summary>A message and the signature that came with it.</summary>
internal sealed record SignedSignIn(SignInMessage Message, byte[] Signature);
