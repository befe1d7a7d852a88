using System.Text.Json;
using Azure;
using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Configuration;
using OviFunctions.Functions;
using OviFunctions.Http;
using OviFunctions.Http.SignIn;
using OviFunctions.Jobs;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Identity;
using OviFunctions.Payments.Refunds;
using OviFunctions.Secrets;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Secrets;
using OviFunctions.Tests.Support;
using Limits = OviFunctions.Http.RateLimits.RateLimits;

namespace OviFunctions.Tests.Http.SignIn;

/// <summary>The list of a buyer's jobs and what else he gets back, as he sees it.</summary>
public sealed partial class BuyerEndpointTests
{
    private const string Path = "/v1/videos/jobs";
    private static readonly (string, string) ApiKey = ("Authorization", "Bearer " + TestSettings.ApiKey);

    private readonly ManualTimeProvider _clock = new();
    private readonly MemoryTaskClient _client = new();
    private readonly JobSecrets _secrets = new(KeyRingTests.Of("k1"));
    private readonly MemoryRecordStore _records;
    private readonly JobListFunction _function;
    private int _nonces;

    public BuyerEndpointTests()
    {
        _records = new MemoryRecordStore(_clock);
        _function = Function(EvmNetwork.Base);
    }

    [Fact]
    public async Task List_ByWallet_ShowsItsJobsWithTheirTokens_NewestFirst()
    {
        var jobs = await AddAsync(1, 2, 3);
        await AddAsync(JobSamples.KeyJob);

        var answer = await ListAsync(SignIn());

        Assert.Equal((200, "private, no-store", "SIGN-IN-WITH-X, Authorization", "*"), (
            answer.Status, answer.Header("Cache-Control"), answer.Header("Vary"), answer.Header("Access-Control-Allow-Origin")));
        Assert.Equal([jobs[2], jobs[1], jobs[0]], Ids(answer));
        Assert.Equal("running", answer.Json.GetProperty("jobs")[0].GetProperty("job").GetProperty("status").GetString());
        Assert.All(answer.Json.GetProperty("jobs").EnumerateArray(), entry => Assert.True(
            _secrets.IsJobToken(entry.GetProperty("job_token").GetString()!, entry.GetProperty("job").GetProperty("id").GetString()!)));
        Assert.DoesNotContain("webhook_secret", answer.Text, StringComparison.Ordinal);
        Assert.False(answer.Json.TryGetProperty("next_cursor", out _));
    }

    [Fact]
    public async Task List_ByApiKey_ShowsItsJobsOnly()
    {
        await AddAsync(1);
        var own = OfKey("alice", "1");
        await AddAsync(own);
        await AddAsync(OfKey("bob", "1"));

        Assert.Equal([own.JobId], Ids(await ListAsync(ApiKey)));
    }

    [Fact]
    public async Task List_JobThatWasPurged_IsShownFromItsRecords()
    {
        var id = (await AddAsync(1))[0];
        _client.Purge(id);
        await _records.TryCreateAsync(
            RecordNames.Outcome(id), JobSamples.OutcomeOf(JobSamples.PaidJobOf(1), JobOutcome.Delivered, transaction: JobSamples.Transaction), default);

        var answer = await ListAsync(SignIn());

        Assert.Equal([id], Ids(answer));
        Assert.Equal("succeeded", answer.Json.GetProperty("jobs")[0].GetProperty("job").GetProperty("status").GetString());
    }

    [Fact]
    public async Task List_JobThatWasRefunded_SaysSoAsTheJobDoes()
    {
        var job = JobSamples.PaidJob;
        await _records.TryCreateAsync(RecordNames.Claim(job.JobId), JobSamples.ClaimOf(job), default);
        _client.Add(job, new JobStatus { State = JobState.Failed, Money = MoneyState.Settled, Outcome = JobOutcome.RefundDue, Error = JobErrors.Canceled });
        var paid = new RefundRecord
        {
            Refund = JobRefunds.Of(job, JobErrors.Canceled), State = RefundState.Refunded, At = _clock.GetUtcNow(), Transaction = JobSamples.Transaction,
        };
        await _records.TryCreateAsync(RecordNames.Refund(job.JobId), paid, default);

        var listed = (await ListAsync(SignIn())).Json.GetProperty("jobs")[0].GetProperty("job");
        var rotated = (await RotateAsync(job.JobId, SignIn())).Json.GetProperty("job");

        foreach (var shown in new[] { listed, rotated })
        {
            Assert.Equal("refunded", Text(shown.GetProperty("payment"), "state"));
            Assert.Equal(("refunded", JobSamples.Transaction), (Text(shown.GetProperty("refund"), "state"), Text(shown.GetProperty("refund"), "transaction")));
        }
    }

    [Fact]
    public async Task List_PrefixThatTwoWalletsShare_ShowsEachHisOwn()
    {
        // The prefix has 50 bits, so that somebody who wants to can find a wallet with another's.
        var own = (await AddAsync(1))[0];
        var foreign = JobSamples.PaidJobOf(2);
        var signed = foreign.Payment!.Authorization;
        await AddAsync(foreign with
        {
            Payment = foreign.Payment with { Authorization = signed with { Transfer = signed.Transfer with { From = Samples.Stranger.Address } } },
        });
        var elsewhere = JobSamples.PaidJobOf(3);
        await AddAsync(elsewhere with { Payment = elsewhere.Payment! with { Network = EvmNetwork.BaseSepolia } });

        Assert.Equal([own], Ids(await ListAsync(SignIn())));
    }

    [Fact]
    public async Task List_SupersededClaim_IsLeftOut()
    {
        var own = (await AddAsync(1))[0];
        _clock.Advance(TimeSpan.FromSeconds(1));
        await _records.TryCreateAsync(
            RecordNames.Claim(JobSamples.PaidJobOf(2).JobId), JobSamples.ClaimOf(JobSamples.PaidJobOf(2)) with { SupersededBy = own }, default);

        Assert.Equal([own], Ids(await ListAsync(SignIn())));
    }

    [Fact]
    public async Task List_InPages_ShowsEveryJobOnce_AlsoWhileNewOnesCome()
    {
        await AddAsync(1, 2, 3, 4);
        // At the same moment, so that only the names tell them apart.
        foreach (byte nonce in new byte[] { 5, 6, 7 }) await AddAtOnceAsync(JobSamples.PaidJobOf(nonce));
        var all = Ids(await ListAsync(SignIn()));

        var shown = new List<string>();
        string? cursor = null;
        for (var page = 0; page == 0 || cursor is not null; page++)
        {
            var answer = await GetAsync($"?limit=2{(cursor is null ? "" : "&cursor=" + cursor)}", SignIn());
            Assert.Equal(200, answer.Status);
            shown.AddRange(Ids(answer));
            cursor = Cursor(answer);
            _clock.Advance(TimeSpan.FromSeconds(1));
            await AddAtOnceAsync(JobSamples.PaidJobOf((byte)(10 + page)));
        }

        Assert.Equal(7, all.Count);
        Assert.Equal(all, shown);
    }

    [Fact]
    public async Task List_CursorOfSomebodyElse_IsRefused()
    {
        await AddAsync(1, 2);
        await AddAsync(OfKey("alice", "1"));
        await AddAsync(OfKey("alice", "2"));
        var ofWallet = Cursor(await GetAsync("?limit=1", SignIn()));
        var ofKey = Cursor(await GetAsync("?limit=1", ApiKey));
        var stranger = ("SIGN-IN-WITH-X", SignIns.Signed(key: SignIns.StrangersKey, address: Samples.Stranger.Address));

        await BadCursorAsync(ofWallet!, ApiKey);
        await BadCursorAsync(ofWallet!, stranger);
        await BadCursorAsync(ofKey!, SignIn());
    }

    [Fact]
    public async Task List_CursorThatWasChanged_IsRefused()
    {
        await AddAsync(1, 2, 3);
        var parts = Cursor(await GetAsync("?limit=1", SignIn()))!.Split('.');

        for (var i = 0; i < parts.Length; i++)
        {
            var changed = parts.ToArray();
            changed[i] = changed[i][..^1] + (changed[i][^1] == '2' ? '3' : '2');
            await BadCursorAsync(string.Join('.', changed), SignIn());
        }

        foreach (var cursor in new[] { "%20", "...", "k1.1.a", string.Join('.', parts[..3]) }) await BadCursorAsync(cursor, SignIn());
    }

    [Theory]
    [InlineData("0")]
    [InlineData("101")]
    [InlineData("-1")]
    [InlineData("ten")]
    [InlineData("")]
    [InlineData("5&limit=6")]
    public async Task List_LimitThatIsWrong_Is400AndUsesNoSignInUp(string limit)
    {
        await AddAsync(1);
        var signIn = SignIn();

        var answer = await GetAsync("?limit=" + limit, signIn);

        Assert.Equal((400, "invalid_limit"), (answer.Status, Code(answer)));
        Assert.Equal(200, (await ListAsync(signIn)).Status);
    }

    [Fact]
    public async Task List_Unsigned_Is401WithWhatToSign()
    {
        var answer = await ListAsync();

        Assert.Equal((401, "sign_in_required", "Bearer, SIWX"), (answer.Status, Code(answer), answer.Header("WWW-Authenticate")));
        Assert.StartsWith("application/problem+json", answer.Context.Response.ContentType, StringComparison.Ordinal);
        var extension = answer.Json.GetProperty("extensions").GetProperty("sign-in-with-x");
        var info = extension.GetProperty("info");
        Assert.Equal(
            ("127.0.0.1:7071", SignIns.ListUri, "1", "2026-11-20T12:00:00.000Z", "2026-11-20T12:05:00.000Z"),
            (Text(info, "domain"), Text(info, "uri"), Text(info, "version"), Text(info, "issuedAt"), Text(info, "expirationTime")));
        Assert.Matches("^[0-9a-f]{32}$", Text(info, "nonce"));
        Assert.NotEqual(Text(info, "nonce"), Text((await ListAsync()).Json.GetProperty("extensions").GetProperty("sign-in-with-x").GetProperty("info"), "nonce"));
        Assert.Equal("""[{"chainId":"eip155:8453","type":"eip191"}]""", extension.GetProperty("supportedChains").GetRawText());
        Assert.Equal(9, extension.GetProperty("schema").GetProperty("required").GetArrayLength());
    }

    [Fact]
    public async Task List_HostOfTheRequest_ChangesNothing()
    {
        var info = (await ListAsync(("Host", "evil.example"))).Json.GetProperty("extensions").GetProperty("sign-in-with-x").GetProperty("info");
        Assert.Equal("127.0.0.1:7071", Text(info, "domain"));

        var evil = SignIns.Signed(change: fields => (fields["domain"], fields["uri"]) = ("evil.example", "http://evil.example/"));
        Assert.Equal("invalid_siwx_domain_mismatch", Code(await ListAsync(("Host", "evil.example"), ("SIGN-IN-WITH-X", evil))));
    }

    [Fact]
    public async Task List_SignInThatIsRefused_ComesWithANewOneToSign()
    {
        await AddAsync(1);
        var signIn = SignIn();
        await ListAsync(signIn);

        var answer = await ListAsync(signIn);

        Assert.Equal((401, "invalid_siwx_nonce"), (answer.Status, Code(answer)));
        Assert.True(answer.Json.GetProperty("extensions").TryGetProperty("sign-in-with-x", out _));
    }

    [Fact]
    public async Task List_TwoWaysToSignIn_Is400()
    {
        await AddAsync(1);
        Assert.Equal((400, "one_way_to_sign_in"), Brief(await ListAsync(SignIn(), ApiKey)));
        Assert.Equal((400, "one_way_to_sign_in"), Brief(await ListAsync(SignIn(), SignIn())));
    }

    [Theory]
    [InlineData("Bearer ovi_wrong")]
    [InlineData("Bearer")]
    [InlineData("Basic YWxpY2U6")]
    public async Task List_KeyThatIsNotKnown_Is401(string authorization) =>
        Assert.Equal((401, "unauthorized"), Brief(await ListAsync(("Authorization", authorization))));

    [Fact]
    public async Task List_JobToken_IsNotEnough()
    {
        var id = (await AddAsync(1))[0];
        Assert.Equal((401, "unauthorized"), Brief(await ListAsync(("Authorization", "Bearer " + _secrets.JobToken("k1", id)))));
        Assert.Equal((401, "unauthorized"), Brief(await RotateAsync(id, ("Authorization", "Bearer " + _secrets.JobToken("k1", id)))));
    }

    [Fact]
    public async Task List_WithoutANetwork_IsForApiKeysOnly()
    {
        var function = Function(network: null);
        await AddAsync(OfKey("alice", "1"));

        var unsigned = await ListAsync(function);

        Assert.Equal((401, "Bearer"), (unsigned.Status, unsigned.Header("WWW-Authenticate")));
        Assert.False(unsigned.Json.TryGetProperty("extensions", out _));
        Assert.Equal((400, "invalid_siwx_unsupported_chain"), Brief(await ListAsync(function, SignIn())));
        Assert.Single(Ids(await ListAsync(function, ApiKey)));
    }

    [Fact]
    public async Task List_StorageThatDoesNotAnswer_Is503()
    {
        await AddAsync(OfKey("alice", "1"));
        _client.Purge(OfKey("alice", "1").JobId);
        _records.Before = (_, _) => throw new RequestFailedException(503, "ServerBusy");

        Assert.Equal((503, "storage_unavailable"), Brief(await ListAsync(ApiKey)));
    }

    private JobListFunction Function(EvmNetwork? network, params (string, string?)[] changes)
    {
        var ring = KeyRingTests.Of("k1");
        var settings = TestSettings.Read(changes);
        var reader = new JobReader(_records, _clock, HostLifetime.Running());
        var wallets = network is null ? null : new WalletSignIn(settings, network, new ScriptedChain(), _records, _clock);
        return new JobListFunction(new BuyerEndpoint(
            new BuyerAccess(new ApiKeys(settings, _clock), wallets), new SignInChallenge(wallets, _clock),
            new Limits(settings, _clock, NullLogger<Limits>.Instance), new JobList(_records, reader, ring), reader,
            new JobResources(settings, _secrets, _clock), _secrets, new WebhookSecrets(_records, _secrets, ring, _clock), NullLogger<BuyerEndpoint>.Instance));
    }

    /// <summary>Jobs of the buyer's wallet, each a second after the other.</summary>
    private async Task<IReadOnlyList<string>> AddAsync(params byte[] nonces)
    {
        foreach (var nonce in nonces) await AddAsync(JobSamples.PaidJobOf(nonce));
        return [.. nonces.Select(nonce => JobSamples.PaidJobOf(nonce).JobId)];
    }

    private async Task AddAsync(VideoJobInput job)
    {
        await AddAtOnceAsync(job);
        _clock.Advance(TimeSpan.FromSeconds(1));
    }

    private async Task AddAtOnceAsync(VideoJobInput job)
    {
        Assert.True(await _records.TryCreateAsync(RecordNames.Claim(job.JobId), JobSamples.ClaimOf(job), default));
        _client.Add(job, new JobStatus { State = JobState.Running, Money = MoneyState.Settled });
    }

    private static VideoJobInput OfKey(string key, string order) =>
        JobSamples.KeyJob with { JobId = JobIdentity.ForApiKey(key, order), ApiKeyId = key };

    /// <summary>A sign-in of the buyer's wallet with a nonce of its own.</summary>
    private (string, string) SignIn() => ("SIGN-IN-WITH-X", SignIns.Signed(nonce: $"nonce{_nonces++:000000}"));

    private Task<HttpExchange> ListAsync(params (string, string)[] headers) => GetAsync("", headers);

    private Task<HttpExchange> GetAsync(string query, params (string, string)[] headers) => SendAsync(_function, query, headers);

    private Task<HttpExchange> ListAsync(JobListFunction function, params (string, string)[] headers) => SendAsync(function, "", headers);

    private async Task<HttpExchange> SendAsync(JobListFunction function, string query, (string, string)[] headers)
    {
        var exchange = new HttpExchange("GET", Path + query, headers);
        return await exchange.AnswerAsync(await function.ListAsync(exchange.Request, _client, default));
    }

    private async Task BadCursorAsync(string cursor, (string, string) buyer) =>
        Assert.Equal((400, "invalid_cursor"), Brief(await GetAsync("?cursor=" + cursor, buyer)));

    private static IReadOnlyList<string> Ids(HttpExchange answer) =>
        [.. answer.Json.GetProperty("jobs").EnumerateArray().Select(entry => entry.GetProperty("job").GetProperty("id").GetString()!)];

    private static string? Cursor(HttpExchange answer) => answer.Json.TryGetProperty("next_cursor", out var cursor) ? cursor.GetString() : null;

    private static (int, string?) Brief(HttpExchange answer) => (answer.Status, Code(answer));

    private static string? Code(HttpExchange answer) => answer.Json.GetProperty("code").GetString();

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
