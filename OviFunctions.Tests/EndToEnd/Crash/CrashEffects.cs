using Microsoft.AspNetCore.Http;
using OviFunctions.DevStack.Faults;
using OviFunctions.DevStack.Parts;
using OviFunctions.Jobs;
using OviFunctions.Payments.Ledger;
using static OviFunctions.Tests.EndToEnd.Crash.CrashPoint;

namespace OviFunctions.Tests.EndToEnd.Crash;

/// <summary>Every effect of the gateway on the outside, and how its exchange is recognised.</summary>
internal static class CrashEffects
{
    public static IReadOnlyList<CrashEffect> All { get; } =
    [
        new(BeforeContainerCreation, AfterContainerCreation, Peer.Storage, r => r.Method == "PUT" && r.Query["restype"] == "container")
        {
            IsAnonymous = true, Trigger = Trigger.GatewayStart,
        },
        new(BeforeHealthRead, AfterHealthRead, Peer.Storage, Blob("GET", "health")) { IsAnonymous = true, Trigger = Trigger.HealthCheck },
        new(BeforeSupportedRead, AfterSupportedRead, Peer.Facilitator, Path("GET", "/supported")) { IsAnonymous = true, Trigger = Trigger.GatewayStart },

        new(BeforeClaimLookup, AfterClaimLookup, Peer.Storage, Blob("GET", "claims/")),
        new(BeforeSharedRead, AfterSharedRead, Peer.Storage, Blob("GET", "shared/")) { IsAnonymous = true, OncePerProcess = true },
        new(BeforeProviderRead, AfterProviderRead, Peer.Storage, Blob("GET", "providers/")) { IsAnonymous = true, OncePerProcess = true },
        new(BeforeDenialRead, AfterDenialRead, Peer.Storage, Blob("GET", "denied/")),
        new(BeforePayerRead, AfterPayerRead, Peer.Storage, Blob("GET", "payers/")),
        new(BeforeChainIdRead, AfterChainIdRead, Peer.Chain, Rpc("eth_chainId")) { IsAnonymous = true, OncePerProcess = true },
        new(BeforeHeadRead, AfterHeadRead, Peer.Chain, Rpc("eth_getBlockByNumber")) { IsAnonymous = true },
        new(BeforeNonceRead, AfterNonceRead, Peer.Chain, Rpc("eth_call", AuthorizationState)),
        new(BeforeBalanceRead, AfterBalanceRead, Peer.Chain, Rpc("eth_call", BalanceOf)),
        new(BeforeVerify, AfterVerify, Peer.Facilitator, Path("POST", "/verify")),
        new(BeforeAliasLookup, AfterAliasLookup, Peer.Storage, Blob("GET", "aliases/")) { IsAnonymous = true },
        new(BeforeSlotRead, AfterSlotRead, Peer.Storage, Blob("GET", "payers/")) { Skip = 1 },
        new(BeforeSlotWrite, AfterSlotWrite, Peer.Storage, Blob("PUT", "payers/")),
        new(BeforeReserveWrite, AfterReserveWrite, Peer.Storage, Blob("PUT", "shared/refund-reserve")) { IsAnonymous = true },
        new(BeforeBatchWrite, AfterBatchWrite, Peer.Storage, Blob("PUT", "batches/")) { IsOfBatch = true },
        new(BeforeMarkerWrite, AfterMarkerWrite, Peer.Storage, Blob("PUT", "open/")),
        new(BeforeClaimWrite, AfterClaimWrite, Peer.Storage, Blob("PUT", "claims/")),
        new(BeforeOutcomeLookup, AfterOutcomeLookup, Peer.Storage, Blob("GET", "outcomes/")),
        new(BeforeUnsettledWrite, AfterUnsettledWrite, Peer.Storage, Blob("PUT", "unsettled/")),
        new(BeforeInlineImageStage, AfterInlineImageStage, Peer.Storage, Blob("PUT", "images/", "block")) { InlineImage = true },
        new(BeforeInlineImageCommit, AfterInlineImageCommit, Peer.Storage, Blob("PUT", "images/", "blocklist")) { InlineImage = true },
        new(BeforeAliasWrite, AfterAliasWrite, Peer.Storage, Blob("PUT", "aliases/")) { IsAnonymous = true },
        new(BeforeMarkerDelete, AfterMarkerDelete, Peer.Storage, Blob("DELETE", "open/")),
        new(BeforeOrderAnswer, AfterOrderAnswer, Peer.Gateway, Path("POST", "/v1/videos/")),

        new(BeforeImageLookup, AfterImageLookup, Peer.Storage, Blob("HEAD", "images/")),
        new(BeforeImageFetch, AfterImageFetch, Peer.Images, Match.Any),
        new(BeforeImageStage, AfterImageStage, Peer.Storage, Blob("PUT", "images/", "block")),
        new(BeforeImageCommit, AfterImageCommit, Peer.Storage, Blob("PUT", "images/", "blocklist")),

        OfMedia(BeforeFittedLookup, AfterFittedLookup, Blob("HEAD", "fitted/")),
        OfMedia(BeforeFittedStage, AfterFittedStage, Blob("PUT", "fitted/", "block")),
        OfMedia(BeforeFittedCommit, AfterFittedCommit, Blob("PUT", "fitted/", "blocklist")),
        OfMedia(BeforeFittedRead, AfterFittedRead, Blob("GET", "fitted/")),

        new(BeforeSettle, AfterSettle, Peer.Facilitator, Path("POST", "/settle")),
        new(BeforeProofHeadRead, AfterProofHeadRead, Peer.Chain, Rpc("eth_getBlockByNumber")) { IsAnonymous = true, Skip = 1 },
        new(BeforeProofStateRead, AfterProofStateRead, Peer.Chain, Rpc("eth_call", AuthorizationState)) { Skip = 1 },
        new(BeforeUseLogsRead, AfterUseLogsRead, Peer.Chain, Rpc("eth_getLogs", "\"fromBlock\"")),
        new(BeforeTransferLogsRead, AfterTransferLogsRead, Peer.Chain, Rpc("eth_getLogs", "\"blockHash\"")),
        new(BeforeBlockRead, AfterBlockRead, Peer.Chain, Rpc("eth_getBlockByNumber", "\"0x")) { IsAnonymous = true },
        new(BeforeLedgerWrite, AfterLedgerWrite, Peer.Storage, Blob("PUT", "ledger/jobs/")),
        new(BeforeLedgerDayWrite, AfterLedgerDayWrite, Peer.Storage, Blob("PUT", "ledger/days/")),
        new(BeforeSecretRead, AfterSecretRead, Peer.Storage, Blob("GET", "webhook-secrets/")),
        new(BeforeRunningHook, AfterRunningHook, Peer.Receiver, Hook("job_running")),

        new(BeforeProviderSlotWrite, AfterProviderSlotWrite, Peer.Storage, Blob("PUT", "providers/"))
        {
            IsAnonymous = true, Settings = CrashSettings.OneAtATime,
        },
        new(BeforeJournalLookup, AfterJournalLookup, Peer.Storage, Blob("GET", "submits/")),
        new(BeforeIntentWrite, AfterIntentWrite, Peer.Storage, r => Blob("PUT", "submits/")(r) && r.Headers.IfNoneMatch == "*")
        {
            Settings = CrashSettings.ShortWaitForCallback,
        },
        new(BeforeSubmit, AfterSubmit, Peer.Fal, Path("POST", "/fal-ai/")),
        new(BeforeIntentRead, AfterIntentRead, Peer.Storage, Blob("GET", "submits/")) { Skip = 1 },
        new(BeforeSubmitRecord, AfterSubmitRecord, Peer.Storage, r => Blob("PUT", "submits/")(r) && r.Headers.IfMatch.Count > 0),
        new(BeforeCostWrite, AfterCostWrite, Peer.Storage, Blob("PUT", "ledger/jobs/")) { Skip = 1 },
        new(BeforeImageServed, AfterImageServed, Peer.Gateway, Path("GET", "/v1/images/")),
        new(BeforeServedImageRead, AfterServedImageRead, Peer.Storage, Blob("GET", "images/")),
        new(BeforeCallback, AfterCallback, Peer.Gateway, Path("POST", "/v1/callbacks/")),
        new(BeforeKeysRead, AfterKeysRead, Peer.Fal, Path("GET", "/.well-known/jwks.json")) { IsAnonymous = true, OncePerProcess = true },
        new(BeforeStatusRead, AfterStatusRead, Peer.Fal, Path("GET", "/fal-ai/", "/status")),
        new(BeforeResultRead, AfterResultRead, Peer.Fal, r => Path("GET", "/fal-ai/")(r) && !Path("GET", "/fal-ai/", "/status")(r)),
        new(BeforeLoserCancel, AfterLoserCancel, Peer.Fal, Path("PUT", "/fal-ai/", "/cancel"))
        {
            Settings = CrashSettings.Race, Processing = TimeSpan.FromMinutes(1), SecondLaneSubmits = 1,
        },

        new(BeforeVideoLookup, AfterVideoLookup, Peer.Storage, Blob("HEAD", "videos/")),
        new(BeforeVideoFetch, AfterVideoFetch, Peer.Fal, Path("GET", "/files/")),
        new(BeforeVideoStage, AfterVideoStage, Peer.Storage, Blob("PUT", "videos/", "block")),
        new(BeforeVideoCommit, AfterVideoCommit, Peer.Storage, Blob("PUT", "videos/", "blocklist")),
        new(BeforeProviderWrite, AfterProviderWrite, Peer.Storage, Blob("PUT", "providers/")) { IsAnonymous = true },

        new(BeforeBatchRead, AfterBatchRead, Peer.Storage, Blob("GET", "batches/")) { IsOfBatch = true },
        new(BeforeItemOutcomeWrite, AfterItemOutcomeWrite, Peer.Storage, Blob("PUT", "item-outcomes/")) { IsOfBatch = true },
        new(BeforeItemOutcomeRead, AfterItemOutcomeRead, Peer.Storage, Blob("GET", "item-outcomes/")) { IsOfBatch = true },

        OfMedia(BeforeExactLookup, AfterExactLookup, Blob("HEAD", "exact/")),
        OfMedia(BeforeExactStage, AfterExactStage, Blob("PUT", "exact/", "block")),
        OfMedia(BeforeExactCommit, AfterExactCommit, Blob("PUT", "exact/", "blocklist")),
        OfMedia(BeforePosterStage, AfterPosterStage, Blob("PUT", "posters/", "block")),
        OfMedia(BeforePosterCommit, AfterPosterCommit, Blob("PUT", "posters/", "blocklist")),

        new(BeforeOutcomeWrite, AfterOutcomeWrite, Peer.Storage, Blob("PUT", "outcomes/")),
        new(BeforeUnsettledDelete, AfterUnsettledDelete, Peer.Storage, Blob("DELETE", "unsettled/")),
        new(BeforeReserveRelease, AfterReserveRelease, Peer.Storage, Blob("PUT", "shared/refund-reserve")) { IsAnonymous = true, Skip = 1 },
        new(BeforeSucceededHook, AfterSucceededHook, Peer.Receiver, Hook("job_succeeded")),
        new(BeforeVideoRead, AfterVideoRead, Peer.Storage, IsOfDownload) { Trigger = Trigger.Download },

        OfRefund(BeforeFailedHook, AfterFailedHook, Peer.Receiver, Hook("job_failed")),
        OfRefund(BeforeSpendWrite, AfterSpendWrite, Peer.Storage, Blob("PUT", "shared/undelivered")) with { IsAnonymous = true },
        OfRefund(BeforeRefundLookup, AfterRefundLookup, Peer.Storage, Blob("GET", "refunds/")),
        OfRefund(BeforeRefundDenialRead, AfterRefundDenialRead, Peer.Storage, Blob("GET", "denied/")) with { Skip = 1 },
        OfRefund(BeforeHandPaymentRead, AfterHandPaymentRead, Peer.Storage, Blob("GET", "refund-payments/")),
        OfRefund(BeforeBlacklistRead, AfterBlacklistRead, Peer.Chain, Rpc("eth_call", IsBlacklisted)),
        OfRefund(BeforeRefundNonceRead, AfterRefundNonceRead, Peer.Chain, r => Rpc("eth_call", AuthorizationState)(r) && IsOfRefundWallet(r)),
        OfRefund(BeforeDaySpend, AfterDaySpend, Peer.Storage, Blob("PUT", "shared/refunds-")) with { IsAnonymous = true },
        OfRefund(BeforeRefundSign, AfterRefundSign, Peer.Storage, r => Blob("PUT", "refunds/")(r) && r.Headers.IfNoneMatch == "*"),
        OfRefund(BeforeRefundSignedWrite, AfterRefundSignedWrite, Peer.Storage, LedgerEntry(LedgerEntryType.RefundSigned)),
        OfRefund(BeforeRefundSettle, AfterRefundSettle, Peer.Facilitator, r => Path("POST", "/settle")(r) && IsOfRefundWallet(r)),
        OfRefund(BeforeRefundUseLogsRead, AfterRefundUseLogsRead, Peer.Chain, r => Rpc("eth_getLogs", "\"fromBlock\"")(r) && IsOfRefundWallet(r)),
        OfRefund(BeforeRefundClose, AfterRefundClose, Peer.Storage, r => Blob("PUT", "refunds/")(r) && r.Headers.IfMatch.Count > 0),
        OfRefund(BeforeRefundedWrite, AfterRefundedWrite, Peer.Storage, LedgerEntry(LedgerEntryType.Refunded)),
        OfRefund(BeforeRefundUnsettledDelete, AfterRefundUnsettledDelete, Peer.Storage, Blob("DELETE", "unsettled/")),
        OfRefund(BeforeRefundedHook, AfterRefundedHook, Peer.Receiver, Hook("job_refunded")),

        new(BeforeWriterRead, AfterWriterRead, Peer.Storage, r => Records.Any(record => Blob("HEAD", record)(r)))
        {
            Trigger = Trigger.Restart, Prelude = AfterOutcomeWrite,
        },
        new(BeforeLedgerRead, AfterLedgerRead, Peer.Storage, Blob("GET", "ledger/"))
        {
            Trigger = Trigger.Restart, Prelude = AfterLedgerWrite,
        },
        new(BeforeSweepList, AfterSweepList, Peer.Storage, r => r.Method == "GET" && r.Query["comp"] == "list")
        {
            IsAnonymous = true, Trigger = Trigger.Restart, Prelude = AfterClaimWrite, MinutesLater = true,
        },
    ];

    // Selectors of the token's functions.
    private const string AuthorizationState = "0xe94a0102";
    private const string BalanceOf = "0x70a08231";
    private const string IsBlacklisted = "0xfe575a87";

    private static IEnumerable<string> Records =>
        ["open/", "claims/", "unsettled/", "aliases/", "payers/", "submits/", "outcomes/", "batches/", "item-outcomes/", "ledger/", "shared/", "providers/"];

    /// <summary>The effect of a point; null for a commit of the engine, which nobody outside sees.</summary>
    public static CrashEffect? Of(CrashPoint point) => All.SingleOrDefault(effect => effect.Before == point || effect.After == point);

    private static CrashEffect OfMedia(CrashPoint before, CrashPoint after, Func<HttpRequest, bool> matches) =>
        new(before, after, Peer.Storage, matches) { Settings = CrashSettings.WithFfmpeg };

    private static CrashEffect OfRefund(CrashPoint before, CrashPoint after, Peer peer, Func<HttpRequest, bool> matches) =>
        new(before, after, peer, matches) { IsOfRefund = true, SecondLaneSubmits = 1 };

    /// <summary>The video, or the files that ffmpeg made of it.</summary>
    private static bool IsOfDownload(HttpRequest request) =>
        Blob("GET", "videos/")(request) || Blob("GET", "exact/")(request) || Blob("GET", "posters/")(request) || Blob("HEAD", "posters/")(request);

    private static bool IsOfRefundWallet(HttpRequest request) =>
        Match.Body(request).Contains(DevAccounts.Refunds.Address[2..], StringComparison.OrdinalIgnoreCase);

    private static Func<HttpRequest, bool> LedgerEntry(LedgerEntryType type) => request => Blob("PUT", RecordNames.LedgerEntries + "jobs/")(request)
        && request.Path.Value!.Split('/')[^1].StartsWith(type.ToString(), StringComparison.Ordinal);

    /// <summary>A blob whose name in the container begins so.</summary>
    private static Func<HttpRequest, bool> Blob(string method, string name, string? operation = null) => request =>
        request.Method == method
        && (string?)request.Query["comp"] == operation
        && request.Path.Value!.Split('/', 4) is [_, _, _, var blob] && blob.StartsWith(name, StringComparison.Ordinal);

    private static Func<HttpRequest, bool> Path(string method, string start, string end = "") => Match.Request(
        method, path => path.StartsWith(start, StringComparison.Ordinal) && path.EndsWith(end, StringComparison.Ordinal));

    private static Func<HttpRequest, bool> Rpc(string method, string detail = "") => request =>
        Match.Body(request).Contains($"\"{method}\"", StringComparison.Ordinal)
        && Match.Body(request).Contains(detail, StringComparison.Ordinal);

    private static Func<HttpRequest, bool> Hook(string eventType) => request =>
        request.Headers["webhook-id"].ToString().EndsWith(eventType, StringComparison.Ordinal);
}
