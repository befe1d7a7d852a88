using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;
using OviFunctions.Activities;
using OviFunctions.Functions;
using OviFunctions.Jobs;
using OviFunctions.Orchestrations;
using OviFunctions.Payments.Ledger;
using OviFunctions.Providers;
using OviFunctions.Secrets;
using OviFunctions.Storage;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Secrets;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Functions;

/// <summary>Callbacks of providers: token, signature, then only a hint for the attempt.</summary>
public sealed class CallbackFunctionTests
{
    private const string Job = JobSamples.KeyJobId;

    private readonly JobSecrets _secrets = new(KeyRingTests.Of("k1"));
    private readonly MemoryTaskClient _client = new();
    private readonly MemoryRecordStore _records = new();
    private readonly LogSink<LostSubmits> _log = new();
    private readonly Mock<IVideoProvider> _fal = new();
    private readonly CallbackFunction _function;

    public CallbackFunctionTests()
    {
        _fal.Setup(p => p.Name).Returns("fal");
        _fal.Setup(p => p.ReadCallbackAsync(It.IsAny<ProviderCallback>(), It.IsAny<CancellationToken>())).ReturnsAsync(new CallbackResult.Genuine("req-1"));
        var second = Mock.Of<IVideoProvider>(p => p.Name == "fal-2");
        _function = new CallbackFunction(new ProviderCatalog([_fal.Object, second]), _secrets, new LostSubmits(_records, new BlobLedger(_records), _log), NullLogger<CallbackFunction>.Instance);
        _client.Add(JobSamples.KeyJob with { JobId = JobIds.Attempt(Job, 1) }, new JobStatus { State = JobState.Running });
    }

    [Fact]
    public async Task Run_GenuineCallback_TellsTheAttemptWhichSubmitItWas()
    {
        Assert.Equal(200, (await CallAsync()).Status);

        var (instance, name, payload) = Assert.Single(_client.Events);
        Assert.Equal((JobIds.Attempt(Job, 1), JobEvents.Callback), (instance, name));
        Assert.Equal(new CallbackSignal(2, "req-1"), payload);
    }

    [Fact]
    public async Task Run_TheProviderGetsHeadersAndBodyAsTheyCame()
    {
        ProviderCallback? seen = null;
        _fal.Setup(p => p.ReadCallbackAsync(It.IsAny<ProviderCallback>(), It.IsAny<CancellationToken>()))
            .Callback<ProviderCallback, CancellationToken>((callback, _) => seen = callback)
            .ReturnsAsync(new CallbackResult.Refused("no"));

        await CallAsync(body: """{"a": 1}""", headers: ("X-Fal-Webhook-Signature", "abc"));

        Assert.Equal("abc", seen!.Headers["x-fal-webhook-signature"]);
        Assert.Equal("""{"a": 1}""", System.Text.Encoding.UTF8.GetString(seen.Body.Span));
    }

    [Fact]
    public async Task Run_SignatureIsNotTheProviders_Is401AndNobodyIsTold()
    {
        _fal.Setup(p => p.ReadCallbackAsync(It.IsAny<ProviderCallback>(), It.IsAny<CancellationToken>())).ReturnsAsync(new CallbackResult.Refused("old"));

        Assert.Equal(401, (await CallAsync()).Status);
        Assert.Empty(_client.Events);
    }

    [Fact]
    public async Task Run_UnknownProviderOrToken_Is404BeforeAnythingIsRead()
    {
        var token = Token();

        Assert.Equal(404, (await CallAsync(provider: "wavespeed")).Status);
        Assert.Equal(404, (await CallAsync(provider: "fal-2", token: token)).Status); // another provider's token
        Assert.Equal(404, (await CallAsync(token: token[..^1])).Status);
        Assert.Equal(404, (await CallAsync(token: "x")).Status);
        _fal.Verify(p => p.ReadCallbackAsync(It.IsAny<ProviderCallback>(), It.IsAny<CancellationToken>()), Times.Never);
    }

    [Fact]
    public async Task Run_AttemptThatIsNotThereYet_Is404SoThatTheProviderRepeats()
    {
        _client.Purge(JobIds.Attempt(Job, 1));

        Assert.Equal(404, (await CallAsync()).Status);
    }

    [Fact]
    public async Task Run_AttemptThatHasEnded_Is200SoThatTheProviderStops()
    {
        _client.Set(JobIds.Attempt(Job, 1), status: null, OrchestrationRuntimeStatus.Completed);

        Assert.Equal(200, (await CallAsync()).Status);
        Assert.Empty(_client.Events);
    }

    /// <summary>Nobody else records what the provider bills: the submit had no answer.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_AnswerOfTheSubmitWasLost_TheCostIsInTheLedger(bool isJournaled)
    {
        await JournalAsync(isJournaled ? new SubmitStep(SubmitState.Ambiguous) : null);

        await CallAsync();
        await CallAsync(); // the provider repeats itself

        var cost = Assert.Single(await CostsAsync());
        Assert.Equal((200_000, "fal", "1-2"), (cost.AmountAtomic, cost.Counterparty, cost.Detail));
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task Run_AnswerWasLostAndTheAttemptHasEnded_TheOperatorIsToldWhatWasPaidInVain()
    {
        await JournalAsync(new SubmitStep(SubmitState.Ambiguous));
        _client.Set(JobIds.Attempt(Job, 1), status: null, OrchestrationRuntimeStatus.Completed);

        Assert.Equal(200, (await CallAsync()).Status);

        Assert.Single(await CostsAsync());
        Assert.Contains("bills 0.2 dollars", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_SubmitHadItsAnswer_TheLedgerIsLeftToIt()
    {
        await JournalAsync(new SubmitStep(SubmitState.Accepted, new ProviderJob("req-1")));
        _client.Set(JobIds.Attempt(Job, 1), status: null, OrchestrationRuntimeStatus.Completed);

        await CallAsync();

        Assert.Empty(await CostsAsync());
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task Run_BodyOverAMegabyte_Is413()
    {
        Assert.Equal(413, (await CallAsync(body: new string(' ', (1 << 20) + 1))).Status);
        Assert.Equal(200, (await CallAsync(body: new string(' ', 1 << 20))).Status);
    }

    private Task JournalAsync(SubmitStep? step) => _records.TryCreateAsync(
        RecordNames.Submit(Job, 1, 2), new SubmitIntent("fal", DateTimeOffset.UnixEpoch, step) { CostUsd = 0.2m }, default);

    private Task<IReadOnlyList<LedgerEntry>> CostsAsync() => new LedgerReader(_records).OfJobAsync(Job, default);

    private string Token() => _secrets.CallbackToken("k1", "fal", new CallbackAddress(Job, 1, 2));

    private async Task<HttpExchange> CallAsync(
        string provider = "fal", string? token = null, string body = "{}", params (string Name, string Value)[] headers)
    {
        var exchange = new HttpExchange("POST", "/v1/callbacks/x/y", headers).WithBody(body);
        return await exchange.AnswerAsync(await _function.RunAsync(exchange.Request, provider, token ?? Token(), _client, default));
    }
}
