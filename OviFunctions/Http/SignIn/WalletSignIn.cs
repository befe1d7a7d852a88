using System.Security.Cryptography;
using System.Text;
using OviFunctions.Configuration;
using OviFunctions.Crypto;
using OviFunctions.Jobs;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Identity;
using OviFunctions.Storage;

namespace OviFunctions.Http.SignIn;

/// <summary>That a wallet's sign-in was used; deleted when the same message would be too old anyway.</summary>
internal sealed record SignInRecord(DateTimeOffset UsedAt);

/// <summary>
/// Sign-in with a wallet, one request at a time: for our origin as it is configured (whatever the request's Host says), on our
/// chain, at most five minutes old, used once. Plain wallets sign by EIP-191; the contracts of others are asked (EIP-1271).
/// </summary>
public sealed class WalletSignIn(OviSettings settings, EvmNetwork network, IChainReader chain, IRecordStore records, TimeProvider clock)
{
    /// <summary>How long after <c>issuedAt</c> a sign-in is taken.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(5);

    /// <summary>How far a client's clock may be ahead of ours.</summary>
    public static readonly TimeSpan MaxSkew = TimeSpan.FromSeconds(30);

    /// <summary>How long a used nonce is remembered: longer than any message can be taken.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(10);

    // What an ERC-6492 signature ends with: 16 times 0x6492.
    private static readonly byte[] Erc6492Suffix = [.. Enumerable.Repeat<byte[]>([0x64, 0x92], 16).SelectMany(pair => pair)];

    public EvmNetwork Network => network;

    /// <summary>Scheme, host and port, as browsers write an origin.</summary>
    public string Origin { get; } = $"{settings.PublicBaseUrl.Scheme}://{DomainOf(settings.PublicBaseUrl)}";

    public string Domain { get; } = DomainOf(settings.PublicBaseUrl);

    /// <summary>Checks a header, and uses its nonce up when everything else is right.</summary>
    /// <returns>The wallet, or why it is not signed in.</returns>
    public async Task<(EvmAddress? Wallet, Problem? Problem)> CheckAsync(string header, CancellationToken cancellationToken)
    {
        if (!SignInHeader.TryDecode(header, out var signIn, out var problem)) return (null, problem);
        var message = signIn.Message;
        if (WhyNotTaken(message) is { } refused) return (null, refused);
        if (await WhyNotSignedAsync(signIn, cancellationToken) is { } unsigned) return (null, unsigned);
        var isFirst = await records.TryCreateAsync(RecordNames.SignIn(HashOf(message)), new SignInRecord(clock.GetUtcNow()), cancellationToken);
        return isFirst ? (message.Address, null) : (null, SignInProblems.NonceUsed);
    }

    private Problem? WhyNotTaken(SignInMessage message)
    {
        var now = clock.GetUtcNow();
        return message.Domain != Domain ? SignInProblems.WrongDomain(Domain)
            : !IsOurs(message.Uri) ? SignInProblems.WrongUri(Origin)
            : message.ChainId != network.CaipId ? SignInProblems.WrongChain(network)
            : now - message.IssuedAt.At >= MaxAge ? SignInProblems.TooOld
            : message.IssuedAt.At - now > MaxSkew ? SignInProblems.InFuture
            : message.ExpirationTime?.At <= now ? SignInProblems.Expired
            : message.NotBefore?.At > now ? SignInProblems.NotYetValid
            : null;
    }

    private async Task<Problem?> WhyNotSignedAsync(SignedSignIn signIn, CancellationToken cancellationToken)
    {
        var (address, digest) = (signIn.Message.Address, signIn.Message.Digest(network));
        if (IsSignedBy(address, digest, signIn.Signature)) return null;
        if (signIn.Signature.AsSpan().EndsWith(Erc6492Suffix)) return SignInProblems.NotDeployed;
        // Anybody can think up as many contracts as he likes; our node is asked for those that have bought something.
        if (!await HasJobsAsync(address, cancellationToken)) return SignInProblems.WrongSignature;
        var read = await chain.IsValidSignatureAsync(address, new Bytes32(digest), signIn.Signature, cancellationToken);
        if (!read.TryGet(out var accepted, out _)) return SignInProblems.NodeFailed;
        return accepted ? null : SignInProblems.WrongSignature;
    }

    /// <summary>By its text: two parsers of URLs may see two hosts in one.</summary>
    private bool IsOurs(string uri) => uri.StartsWith(Origin, StringComparison.Ordinal) && (uri.Length == Origin.Length || uri[Origin.Length] is '/' or '?' or '#');

    private async Task<bool> HasJobsAsync(EvmAddress wallet, CancellationToken cancellationToken)
    {
        await foreach (var _ in records.ListAsync(RecordNames.Claim(PaymentIdentity.PayerPrefix(wallet)), cancellationToken)) return true;
        return false;
    }

    private static bool IsSignedBy(EvmAddress address, byte[] digest, byte[] signature)
    {
        Span<byte> signer = stackalloc byte[EvmAddress.Size];
        return Secp256k1.TryRecoverAddress(digest, signature, signer) && Secp256k1.IsLowS(signature) && new EvmAddress(signer) == address;
    }

    // With the address, so that nobody can use up the nonces of others.
    private static string HashOf(SignInMessage message) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($"ovi-signin-v1|{message.Address}|{message.Nonce}")));

    private static string DomainOf(Uri url)
    {
        var host = url.HostNameType == UriHostNameType.Dns ? url.IdnHost : url.Host;
        return url.IsDefaultPort ? host : $"{host}:{url.Port}";
    }
}
