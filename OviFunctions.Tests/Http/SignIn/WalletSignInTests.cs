using System.Numerics;
using System.Text.Json.Nodes;
using OviFunctions.Configuration;
using OviFunctions.Crypto;
using OviFunctions.Http.SignIn;
using OviFunctions.Jobs;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Identity;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Http.SignIn;

/// <summary>Which sign-ins are taken, and the attacks on them.</summary>
public sealed class WalletSignInTests
{
    private static readonly EvmAddress SmartWallet = EvmAddress.Parse("0x1111111111111111111111111111111111111111");

    private readonly ManualTimeProvider _clock = new();
    private readonly ScriptedChain _chain = new();
    private readonly MemoryRecordStore _records;
    private readonly WalletSignIn _wallets;

    public WalletSignInTests()
    {
        _records = new MemoryRecordStore(_clock);
        _wallets = For("http://127.0.0.1:7071");
        AddClaim(Samples.Buyer.Address);
        AddClaim(SmartWallet);
    }

    public static TheoryData<string> References { get; } = [.. SignIns.Vectors.Select(vector => vector.Name)];

    [Theory]
    [MemberData(nameof(References))]
    public async Task Check_HeaderOfAReferenceClient_IsTakenOnce(string name)
    {
        var header = SignIns.Vectors.Single(vector => vector.Name == name).Header;

        Assert.Equal(Samples.Buyer.Address, (await _wallets.CheckAsync(header, default)).Wallet);
        await RefusedAsync(header, "invalid_siwx_nonce");
        Assert.Equal(0, _chain.Calls);
    }

    [Fact]
    public async Task Check_SameSignInInManySpellings_IsTakenOnce()
    {
        var signed = SignIns.Sign(SignIns.Fields());
        var upper = signed.DeepClone().AsObject();
        upper["signature"] = "0x" + upper["signature"]!.ToString()[2..].ToUpperInvariant();
        upper["address"] = upper["address"]!.ToString().ToLowerInvariant();
        var longer = signed.DeepClone().AsObject();
        longer["signatureScheme"] = "eip191";

        var answers = await Task.WhenAll(new[] { signed, upper, longer, signed }.Select(fields => _wallets.CheckAsync(SignIns.Header(fields), default)));

        Assert.Single(answers, answer => answer.Wallet is not null);
        Assert.Equal(3, answers.Count(answer => answer.Problem?.Code == "invalid_siwx_nonce"));
    }

    [Fact]
    public async Task Check_SameNonceInAnotherMessage_IsRefused()
    {
        await TakenAsync(SignIns.Signed());

        await RefusedAsync(SignIns.Signed(change: fields => fields["statement"] = "Another."), "invalid_siwx_nonce");
    }

    [Fact]
    public async Task Check_NonceThatAnotherWalletUsed_IsTaken()
    {
        await TakenAsync(SignIns.Signed(key: SignIns.StrangersKey, address: Samples.Stranger.Address));

        await TakenAsync(SignIns.Signed());
    }

    [Theory]
    [InlineData("domain", "evil.example")]
    [InlineData("domain", "127.0.0.1")]
    [InlineData("domain", "127.0.0.1:7072")]
    public Task Check_AnotherDomain_IsRefused(string name, string value) =>
        RefusedAsync(SignIns.Signed(change: fields => fields[name] = value), "invalid_siwx_domain_mismatch");

    [Theory]
    [InlineData("https://127.0.0.1:7071/v1/videos/jobs")]
    [InlineData("http://127.0.0.1/v1/videos/jobs")]
    [InlineData("http://127.0.0.1:70711/v1/videos/jobs")]
    [InlineData("http://127.0.0.1:7071.evil.example/")]
    [InlineData("http://127.0.0.1:7071@evil.example/")]
    [InlineData("http://127.0.0.1:7071\\@evil.example/")]
    [InlineData("http://evil.example/http://127.0.0.1:7071/")]
    public Task Check_UriOfAnotherOrigin_IsRefused(string uri) =>
        RefusedAsync(SignIns.Signed(change: fields => fields["uri"] = uri), "invalid_siwx_uri_mismatch");

    [Theory]
    [InlineData("http://127.0.0.1:7071")]
    [InlineData("http://127.0.0.1:7071/")]
    [InlineData("http://127.0.0.1:7071?limit=5")]
    [InlineData("http://127.0.0.1:7071/v1/videos/jobs?limit=5#top")]
    public Task Check_UriOfOurOrigin_IsTaken(string uri) => TakenAsync(SignIns.Signed(change: fields => fields["uri"] = uri));

    [Theory]
    [InlineData("https://video.example.com", "video.example.com", "https://video.example.com/a")]
    [InlineData("https://video.example.com:8443", "video.example.com:8443", "https://video.example.com:8443/a")]
    [InlineData("https://VIDEO.example.com", "video.example.com", "https://video.example.com/a")]
    [InlineData("https://münchen.example", "xn--mnchen-3ya.example", "https://xn--mnchen-3ya.example/a")]
    [InlineData("http://[::1]:7071", "[::1]:7071", "http://[::1]:7071/a")]
    public async Task Check_ConfiguredOrigin_IsWrittenAsBrowsersDo(string configured, string domain, string uri)
    {
        var header = SignIns.Signed(change: fields => (fields["domain"], fields["uri"]) = (domain, uri));

        Assert.Equal(Samples.Buyer.Address, (await For(configured).CheckAsync(header, default)).Wallet);
    }

    [Theory]
    [InlineData("eip155:84532")]
    [InlineData("eip155:1")]
    [InlineData("eip155:08453")]
    [InlineData("8453")]
    [InlineData("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp")]
    public Task Check_AnotherChain_IsRefused(string chain) =>
        RefusedAsync(SignIns.Signed(change: fields => fields["chainId"] = chain), "invalid_siwx_chain_id");

    [Theory]
    [InlineData(-31, "invalid_siwx_issued_at_in_future")]
    [InlineData(-30, null)]
    [InlineData(299, null)]
    [InlineData(300, "invalid_siwx_issued_at_too_old")]
    [InlineData(86400, "invalid_siwx_issued_at_too_old")]
    public Task Check_Age_IsAtMostFiveMinutes(int seconds, string? code)
    {
        var issued = _clock.GetUtcNow().AddSeconds(-seconds).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        var header = SignIns.Signed(change: fields => fields["issuedAt"] = issued);
        return code is null ? TakenAsync(header) : RefusedAsync(header, code);
    }

    [Theory]
    [InlineData("expirationTime", "2026-11-20T12:00:00Z", "invalid_siwx_expired")]
    [InlineData("expirationTime", "2026-11-20T12:00:00.001Z", null)]
    [InlineData("notBefore", "2026-11-20T12:00:00.001Z", "invalid_siwx_not_yet_valid")]
    [InlineData("notBefore", "2026-11-20T12:00:00Z", null)]
    public Task Check_OwnLimits_AreHonoured(string name, string time, string? code)
    {
        var header = SignIns.Signed(change: fields => fields[name] = time);
        return code is null ? TakenAsync(header) : RefusedAsync(header, code);
    }

    [Theory]
    [InlineData("statement", "Another statement.")]
    [InlineData("nonce", "b1b2c3d4e5f67890a1b2c3d4e5f67890")]
    [InlineData("issuedAt", "2026-11-20T12:00:01.000Z")]
    [InlineData("expirationTime", "2026-11-20T12:04:00.000Z")]
    [InlineData("requestId", "r1")]
    [InlineData("uri", SignIns.Origin + "/other")]
    public async Task Check_FieldChangedAfterTheSignature_IsRefusedAndUsesNothingUp(string name, string value)
    {
        var signed = SignIns.Sign(SignIns.Fields());
        var changed = signed.DeepClone().AsObject();
        changed[name] = value;

        await RefusedAsync(SignIns.Header(changed), "invalid_siwx_signature");

        Assert.DoesNotContain(_records.Names, IsSignIn);
        await TakenAsync(SignIns.Header(signed));
    }

    [Fact]
    public Task Check_SignatureOfAnotherWallet_IsRefused() => RefusedAsync(SignIns.Signed(key: SignIns.StrangersKey), "invalid_siwx_signature");

    [Fact]
    public async Task Check_SecondSpellingOfASignature_IsRefused()
    {
        var signed = SignIns.Sign(SignIns.Fields());
        var bytes = Convert.FromHexString(signed["signature"]!.ToString()[2..]);
        var order = BigInteger.Parse("0FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141", System.Globalization.NumberStyles.HexNumber, null);
        var high = (order - new BigInteger(bytes.AsSpan(32, 32), isUnsigned: true, isBigEndian: true)).ToByteArray(isUnsigned: true, isBigEndian: true);
        byte[] malleated = [.. bytes.AsSpan(0, 32), .. high, bytes[64] == 27 ? (byte)28 : (byte)27];
        Span<byte> address = stackalloc byte[20];
        Assert.True(Secp256k1.TryRecoverAddress(Digest(SignIns.Fields()), malleated, address));
        Assert.Equal(Samples.Buyer.Address, new EvmAddress(address));

        var answer = _wallets.CheckAsync(SignIns.Header(SignIns.WithSignature(SignIns.Fields(), malleated)), default);

        Assert.Equal("invalid_siwx_signature", (await answer).Problem?.Code);
    }

    [Fact]
    public async Task Check_WalletThatHasNotBoughtYet_UsesItsNonceUpToo()
    {
        // What it shows after a purchase is not for who has seen a header before it.
        var header = SignIns.Signed(key: SignIns.StrangersKey, address: Samples.Stranger.Address);
        Assert.Equal(Samples.Stranger.Address, (await _wallets.CheckAsync(header, default)).Wallet);
        AddClaim(Samples.Stranger.Address);

        await RefusedAsync(header, "invalid_siwx_nonce");
    }

    [Fact]
    public async Task Check_ContractThatHasBoughtNothing_IsNotAsked()
    {
        var nobody = EvmAddress.Parse("0x2222222222222222222222222222222222222222");
        _chain.Contracts[nobody] = (_, _) => true;

        await RefusedAsync(SignIns.Header(SignIns.WithSignature(SignIns.Fields(address: nobody), [1])), "invalid_siwx_signature");

        Assert.DoesNotContain(_records.Names, IsSignIn);
        Assert.Equal(0, _chain.Calls);
    }

    [Fact]
    public async Task Check_SmartWallet_ItsContractSeesDigestAndSignature()
    {
        var fields = SignIns.Fields(address: SmartWallet);
        byte[] signature = [1, 2, 3];
        _chain.Contracts[SmartWallet] = (digest, given) => digest == new Bytes32(Digest(fields)) && given.SequenceEqual(signature);

        Assert.Equal(SmartWallet, (await _wallets.CheckAsync(SignIns.Header(SignIns.WithSignature(fields, signature)), default)).Wallet);
        await RefusedAsync(SignIns.Header(SignIns.WithSignature(fields, signature)), "invalid_siwx_nonce");
        await RefusedAsync(SignIns.Header(SignIns.WithSignature(fields, [1, 2])), "invalid_siwx_signature");
    }

    [Fact]
    public async Task Check_ContractThatTakesEverything_SpeaksForItselfOnly()
    {
        _chain.Contracts[SmartWallet] = (_, _) => true;

        await RefusedAsync(SignIns.Header(SignIns.WithSignature(SignIns.Fields(), [1, 2, 3])), "invalid_siwx_signature");
        Assert.Equal(SmartWallet, (await _wallets.CheckAsync(SignIns.Header(SignIns.WithSignature(SignIns.Fields(address: SmartWallet), [1])), default)).Wallet);
    }

    [Fact]
    public async Task Check_NodeThatDoesNotAnswer_SaysSoAndUsesNothingUp()
    {
        var header = SignIns.Header(SignIns.WithSignature(SignIns.Fields(address: SmartWallet), [1]));
        _chain.Contracts[SmartWallet] = (_, _) => true;
        _chain.Down.Add(nameof(IChainReader.IsValidSignatureAsync));

        var (wallet, problem) = await _wallets.CheckAsync(header, default);
        Assert.Equal((null, 503, "invalid_siwx_verifier_error"), (wallet, problem!.Status, problem.Code));
        _chain.Down.Clear();

        Assert.Equal(SmartWallet, (await _wallets.CheckAsync(header, default)).Wallet);
    }

    [Fact]
    public async Task Check_WalletThatIsNotDeployed_IsRefusedWithAReason()
    {
        _chain.Contracts[SmartWallet] = (_, _) => true;
        byte[] signature = [1, 2, 3, .. Enumerable.Repeat<byte[]>([0x64, 0x92], 16).SelectMany(pair => pair)];

        await RefusedAsync(SignIns.Header(SignIns.WithSignature(SignIns.Fields(address: SmartWallet), signature)), "invalid_siwx_not_deployed");
        Assert.Equal(0, _chain.Calls);
    }

    [Fact]
    public async Task Check_HeaderThatCannotBeRead_Is400() => Assert.Equal(400, (await _wallets.CheckAsync("{}", default)).Problem?.Status);

    [Fact]
    public void Memory_OutlivesEveryMessage() =>
        Assert.True(WalletSignIn.Memory > WalletSignIn.MaxAge + WalletSignIn.MaxSkew + TimeSpan.FromMinutes(1));

    private WalletSignIn For(string origin) =>
        new(new OviSettings { PublicBaseUrl = new Uri(origin) }, EvmNetwork.Base, _chain, _records, _clock);

    private void AddClaim(EvmAddress payer) => Assert.True(_records.TryCreateAsync(
        RecordNames.Claim(PaymentIdentity.JobId(EvmNetwork.Base, payer, Samples.Nonce(1))), JobSamples.ClaimOf(JobSamples.PaidJob), default).GetAwaiter().GetResult());

    private async Task TakenAsync(string header)
    {
        var (wallet, problem) = await _wallets.CheckAsync(header, default);
        Assert.True(wallet is not null, problem?.Code);
    }

    private async Task RefusedAsync(string header, string code)
    {
        var (wallet, problem) = await _wallets.CheckAsync(header, default);
        Assert.Equal((null, 401, code), (wallet, problem?.Status, problem?.Code));
    }

    private static byte[] Digest(JsonObject fields)
    {
        Assert.True(SignInHeader.TryDecode(SignIns.Header(SignIns.Sign(fields)), out var signIn, out _));
        return signIn.Message.Digest(EvmNetwork.Base);
    }

    private static bool IsSignIn(string name) => name.StartsWith("signins/", StringComparison.Ordinal);
}
