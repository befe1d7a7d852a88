using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Jobs;

/// <summary>Instance ids and blob names that belong to a job; all follow from its id.</summary>
public static class JobIds
{
    /// <summary>The orchestration of one lane.</summary>
    public static string Attempt(string jobId, int lane) => $"att_{jobId}_{lane}";

    /// <summary>The orchestration that delivers one event to the buyer.</summary>
    public static string Hook(string jobId, string eventType) => $"hook_{jobId}_{eventType}";

    /// <summary>The orchestration that pays a job's money back.</summary>
    public static string Refund(string jobId) => $"refund_{jobId}";

    public static string ImageBlob(string jobId) => $"images/{jobId}";

    /// <summary>The job's image, brought to the asked size for the providers.</summary>
    public static string FittedBlob(string jobId) => $"fitted/{jobId}.png";

    public static string VideoBlob(string jobId, int lane) => $"{Videos}{jobId}/{lane}.mp4";

    /// <summary>A video in exactly the asked size.</summary>
    /// <param name="videoBlob">The provider's video.</param>
    public static string ExactBlob(string videoBlob) => "exact/" + videoBlob[Videos.Length..];

    /// <summary>A video's poster.</summary>
    /// <param name="videoBlob">The provider's video.</param>
    public static string PosterBlob(string videoBlob) => "posters/" + Path.ChangeExtension(videoBlob[Videos.Length..], ".jpg");

    private const string Videos = "videos/";
}

/// <summary>Names of small records in the store.</summary>
public static class RecordNames
{
    public const string OpenClaims = "open/";
    public const string Unsettleds = "unsettled/";
    public const string SignIns = "signins/";
    public const string LedgerEntries = "ledger/";

    /// <summary>Whether new orders are taken.</summary>
    public static string Sales { get; } = Shared("sales");

    /// <summary>Facilitators that lied.</summary>
    public static string Facilitators { get; } = Shared("facilitators");

    /// <summary>How a provider account is.</summary>
    public static string Provider(string name) => $"providers/{name}";

    /// <summary>Which attempt a provider's job is of, where a callback names that job only. The id is the provider's: any text.</summary>
    public static string ProviderJob(string provider, string requestId) =>
        $"provider-jobs/{provider}/{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(requestId)))}";

    /// <summary>What providers cost without a delivery.</summary>
    public static string UndeliveredSpend { get; } = Shared("undelivered");

    public static string Claim(string jobId) => $"claims/{jobId}";

    /// <summary>A claim whose orchestration is not known to have started yet.</summary>
    public static string OpenClaim(string jobId) => OpenClaims + jobId;

    public static string Alias(string hash) => $"aliases/{hash}";

    /// <summary>What the names of a job's submits begin with.</summary>
    public static string Submits(string jobId) => $"submits/{jobId}/";

    public static string Submit(string jobId, int lane, int submit) => $"{Submits(jobId)}{lane}-{submit}";

    public static string Outcome(string jobId) => $"outcomes/{jobId}";

    /// <summary>The one outcome of a batch's item. Not among the outcomes of jobs: those are counted.</summary>
    public static string ItemOutcome(string itemId) => $"item-outcomes/{itemId}";

    /// <summary>The items of a batch, as the request with this fingerprint ordered them.</summary>
    public static string BatchItems(string batchId, string fingerprint) => $"batches/{batchId}/{fingerprint}";

    /// <summary>A refund's signed authorization, and how far it came.</summary>
    public static string Refund(string jobId) => $"refunds/{jobId}";

    /// <summary>What may have to go back.</summary>
    public static string RefundReserve { get; } = Shared("refund-reserve");

    /// <summary>What was signed to go back on a day (UTC).</summary>
    public static string RefundsOf(DateOnly day) => Shared(string.Create(CultureInfo.InvariantCulture, $"refunds-{day:yyyy-MM-dd}"));

    /// <summary>What was signed on a day (UTC) to go back to those who paid without an order.</summary>
    public static string RefundsOfNoOrder(DateOnly day) => Shared(string.Create(CultureInfo.InvariantCulture, $"refunds-no-order-{day:yyyy-MM-dd}"));

    /// <summary>A video that came after the job's money was on its way back.</summary>
    public static string LateVideo(string jobId) => $"late-videos/{jobId}";

    /// <summary>A claimed payment of which it is not decided yet where its money stays.</summary>
    public static string Unsettled(string jobId) => Unsettleds + jobId;

    /// <summary>A job's money event; the same event has the same name.</summary>
    public static string LedgerOfJob(string jobId, string entry) => $"{LedgerEntries}jobs/{jobId}/{entry}";

    /// <summary>The money events of a day.</summary>
    public static string LedgerOfDay(DateOnly day, string entry) => string.Create(CultureInfo.InvariantCulture, $"{LedgerEntries}days/{day:yyyy-MM-dd}/{entry}");

    /// <summary>A transfer on the chain that no entry of the ledger explains.</summary>
    public static string Unmatched(DateOnly day, string transfer) => string.Create(CultureInfo.InvariantCulture, $"unmatched/{day:yyyy-MM-dd}/{transfer}");

    /// <summary>What a day's comparison of ledger and chain found.</summary>
    public static string DayReport(DateOnly day) => string.Create(CultureInfo.InvariantCulture, $"reconciliations/{day:yyyy-MM-dd}");

    /// <summary>A refund that the operator paid by a transaction of his own.</summary>
    public static string RefundPayment(string jobId) => $"refund-payments/{jobId}";

    /// <summary>The job whose refund a transfer was; one transfer pays one refund.</summary>
    public static string RefundTransfer(string transfer) => $"refund-transfers/{transfer}";

    /// <summary>What is made for payers before they pay.</summary>
    public static string Exposure { get; } = Shared("exposure");

    /// <summary>Videos that a payer had made and did not pay.</summary>
    public static string Debts(EvmAddress payer) => $"debts/{payer}";

    public static string Denied(EvmAddress payer) => $"denied/{payer}";

    /// <summary>A payer's slots for unsettled payments.</summary>
    public static string Payer(EvmAddress payer) => $"payers/{payer}";

    /// <summary>What an API key has used, by what the ids of its jobs begin with.</summary>
    public static string ApiKey(string buyerPrefix) => $"keys/{buyerPrefix}";

    /// <summary>A wallet's sign-in that was used.</summary>
    public static string SignIn(string hash) => SignIns + hash;

    /// <summary>Which webhook secret of a job is in force, when the first one was replaced.</summary>
    public static string WebhookSecret(string jobId) => $"webhook-secrets/{jobId}";

    /// <summary>State of the whole store that all machines share.</summary>
    public static string Shared(string name) => $"shared/{name}";
}

/// <summary>External events of the orchestrations.</summary>
public static class JobEvents
{
    /// <summary>To a job: the buyer wants to cancel.</summary>
    public const string Cancel = "cancel";

    /// <summary>To an attempt: a provider called back.</summary>
    public const string Callback = "callback";

    /// <summary>To an attempt: it is not needed any more.</summary>
    public const string Stop = "stop";

    /// <summary>To a job, and from it to its other attempts: the answer to an attempt's submit was lost, and nobody else is to be paid for a while.</summary>
    public const string Hold = "hold";

    /// <summary>To a refund: the operator wants it tried again now.</summary>
    public const string RetryRefund = "retry";
}

/// <summary>Types of the events that buyers are told.</summary>
public static class WebhookEvents
{
    public const string Running = "job.running";
    public const string Succeeded = "job.succeeded";
    public const string Failed = "job.failed";
    public const string Refunded = "job.refunded";
}
