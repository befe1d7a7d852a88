using OviFunctions.Payments.Evm;

namespace OviFunctions.Http.SignIn;

/// <summary>Why a sign-in is not taken. The codes are those of the reference implementation (@x402/extensions), where it has one.</summary>
internal static class SignInProblems
{
    public static Problem Required { get; } = Refused("sign_in_required",
        "Send an API key as Authorization: Bearer, or sign extensions.sign-in-with-x with the paying wallet and send it as SIGN-IN-WITH-X.");

    public static Problem NotOffered { get; } = new(400, "invalid_siwx_unsupported_chain", "This gateway takes no wallet sign-in.",
        "It has no network of its own configured. Send an API key as Authorization: Bearer.") { RetryAction = RetryAction.Abandon };

    public static Problem OneWay { get; } = new(400, "one_way_to_sign_in", "There is more than one way to sign in in this request.",
        $"Send exactly one of {SignInHeader.Name} and Authorization: Bearer, once.") { RetryAction = RetryAction.Abandon };

    public static Problem WrongKey { get; } = new(401, "unauthorized", "The API key is not known.",
        "Send a valid API key as Authorization: Bearer (a job token opens its one job only), or sign in with the paying wallet.");

    public static Problem WrongSignature { get; } = Refused("invalid_siwx_signature",
        "It was not made by this address for the text of EIP-4361 that these fields give; s must be in the lower half of the order. "
        + "The contract of a smart wallet (EIP-1271) is asked when the wallet has jobs here.");

    public static Problem NotDeployed { get; } = Refused("invalid_siwx_not_deployed",
        "This is a signature of ERC-6492, of a wallet that is not deployed yet. A wallet that has paid is deployed: send its EIP-1271 signature.");

    public static Problem NonceUsed { get; } = Refused("invalid_siwx_nonce", "Its nonce was used before. Sign a new message for every request.");

    public static Problem TooOld { get; } = Refused("invalid_siwx_issued_at_too_old", "Its issuedAt is more than five minutes ago.");

    public static Problem InFuture { get; } = Refused("invalid_siwx_issued_at_in_future", "Its issuedAt is in the future.");

    public static Problem Expired { get; } = Refused("invalid_siwx_expired", "Its expirationTime has passed.");

    public static Problem NotYetValid { get; } = Refused("invalid_siwx_not_yet_valid", "Its notBefore is in the future.");

    public static Problem NodeFailed { get; } = new(503, "invalid_siwx_verifier_error", "The wallet's contract could not be asked at the moment.",
        "Its signature is checked on the chain, which cannot be read now. Sign in again in a moment.")
    {
        RetryAction = RetryAction.WaitAndRetry, RetryAfterSeconds = 5,
    };

    public static Problem Malformed(string detail) =>
        new(400, "invalid_siwx_header", "The sign-in cannot be read.", detail) { RetryAction = RetryAction.Abandon };

    public static Problem WrongDomain(string domain) => Refused("invalid_siwx_domain_mismatch", $"Its domain is another site's; here it is {domain}.");

    public static Problem WrongUri(string origin) => Refused("invalid_siwx_uri_mismatch", $"Its uri is another site's; here it begins with {origin}.");

    public static Problem WrongChain(EvmNetwork network) => Refused("invalid_siwx_chain_id", $"It is for another chain; here it is {network.CaipId}.");

    private static Problem Refused(string code, string detail) => new(401, code, "Sign in with the paying wallet, or send an API key.", detail);
}
