using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Admission;
using OviFunctions.Http;
using OviFunctions.Http.RateLimits;
using OviFunctions.Jobs;
using OviFunctions.Jobs.Batches;
using OviFunctions.Media;
using OviFunctions.OnDelivery;
using OviFunctions.Payments;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Facilitators;
using OviFunctions.Payments.Refunds;
using OviFunctions.Payments.Identity;
using OviFunctions.Payments.X402;
using OviFunctions.Providers;
using OviFunctions.Providers.Health;
using OviFunctions.Routing;
using OviFunctions.Sales;
using OviFunctions.Secrets;
using OviFunctions.Tests.Activities;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Admission;

/// <summary>
/// A machine that takes orders, on records and an engine in memory. Another one on the same records and engine is the next
/// release, or a second machine. A started job is settled at once.
/// </summary>
internal sealed class Shop
{
    public const string Body = """{"prompt":"A dog barks","image_url":"https://example.com/dog.jpg"}""";
    public const string OtherBody = """{"prompt":"A cat purrs","image_url":"https://example.com/dog.jpg"}""";

    public static readonly JobStatus Settled = new() { State = JobState.Running, Money = MoneyState.Settled, Transaction = JobSamples.Transaction };

    private readonly Till? _till;

    public Shop(params (string Key, string? Value)[] settings) : this(new MemoryRecordStore(), new MemoryTaskClient(), settings) { }

    public Shop(MemoryRecordStore records, MemoryTaskClient client, params (string Key, string? Value)[] changes)
        : this(records, client, JobSamples.NewIntake(), changes) { }

    public Shop(MemoryRecordStore records, MemoryTaskClient client, ImageIntake images, params (string Key, string? Value)[] changes)
    {
        (Records, Client) = (records, client);
        Client.Started = id => Client.Set(id, Settled);
        var settings = TestSettings.Read(changes);
        var ring = new KeyRing(settings.Secrets);
        _till = settings.Payments.Enabled ? new Till(settings.Payments) : null;
        Secrets = new JobSecrets(ring);
        Model = new OviImageToVideo(settings, images, JobSamples.NewGuard());
        VideoModels? models = null;
        Batch = new BatchModel(settings, new Lazy<VideoModels>(() => models!), JobSamples.NewGuard());
        models = new VideoModels([Model, Batch]);
        Quotes = new QuoteWriter(models, _till);
        var aliases = new JobAliases(records);
        Router = new JobRouter(settings, new ProviderCatalog(settings.Providers.Select(account => new PlayedProvider { Name = account.Name, Offers = (_, needs) => Offer(needs) })), new ProviderStates(records, Clock), Clock, NullLogger<JobRouter>.Instance);
        var claims = new JobClaims(records, new JobStarter(records, aliases, images), aliases, images, new BatchPlanner(Router, new BatchItems(records)));
        var planner = new JobPlanner(settings, Router, ring, Clock);
        var reader = new JobReader(records, Clock, HostLifetime.Running());
        Reserve = new RefundReserve(records, Clock);
        Funds = new RefundFunds(_till ?? new Till(TestSettings.Read().Payments), new RefundWallets(settings.Refunds), WalletChain, Reserve, settings, Clock, NullLogger<RefundFunds>.Instance);
        Limits = new RateLimits(settings, Clock, NullLogger<RateLimits>.Instance);
        var capacity = new JobCapacity(settings, Clock);
        ByApiKey = new ApiKeyAdmission(
            new ApiKeys(settings, Clock), new SalesGates(Gates), capacity, new ApiKeyAllowance(records, reader, Clock), claims, planner, reader);
        ByPayment = new PaymentAdmission(
            settings, new SalesGates(Gates), claims, planner, reader, new WrongBodies(), new RequirementCheck(Clock, TimeSpan.FromSeconds(settings.Payments.SettleMarginSeconds)),
            new OnDeliveryTerms(settings, new PaymentHistory(records), new Debtors(records, Clock), new Exposure(records, Clock), Clock), Clock,
            capacity, new UnsettledPayments(records, reader, Clock), new OrderRoutes(Router),
            _till is null ? null : new PaymentVerification(_till, new FacilitatorPool([Facilitator, SecondFacilitator]), Chain, Funds));
        Orders = new OrderEndpoint(
            ByApiKey, ByPayment, Quotes, Router, new OrderRoutes(Router), Limits, new JobResources(settings, Secrets, Clock), Secrets,
            OutcomeRecording.BatchReader(records, Clock), NullLogger<OrderEndpoint>.Instance);
    }

    public MemoryRecordStore Records { get; }

    /// <summary>What the providers say of a request.</summary>
    public Func<RequestNeeds, ProviderOffer> Offer { get; set; } = _ => new ProviderOffer.Takes(0.20m);

    public JobRouter Router { get; }

    public RefundReserve Reserve { get; }

    /// <summary>What the refund wallet can cover; not among <see cref="Gates"/> unless a test puts it there.</summary>
    public RefundFunds Funds { get; }

    /// <summary>Gates for new orders; none to begin with.</summary>
    public List<ISalesGate> Gates { get; } = [];

    public MemoryTaskClient Client { get; }

    public ManualTimeProvider Clock { get; } = new(Samples.Now);

    public ScriptedChain Chain { get; } = new();

    /// <summary>Where the refund wallet's balance is read.</summary>
    public ScriptedChain WalletChain { get; } = new();

    public ScriptedFacilitator Facilitator { get; } = new();

    /// <summary>Asked when the first one does not answer; it does not answer either.</summary>
    public ScriptedFacilitator SecondFacilitator { get; } = new() { Verify = _ => Task.FromResult<VerifyOutcome>(new VerifyOutcome.Unreachable("down")) };

    public OviImageToVideo Model { get; }

    public BatchModel Batch { get; }

    public RateLimits Limits { get; }

    public JobSecrets Secrets { get; }

    public QuoteWriter Quotes { get; }

    public ApiKeyAdmission ByApiKey { get; }

    public PaymentAdmission ByPayment { get; }

    public OrderEndpoint Orders { get; }

    /// <summary>Admits an order that is paid by a payment of <see cref="Pay"/>.</summary>
    public Task<AdmissionResult> AdmitAsync(
        string header, string body = Body, string? key = null, X402Version version = X402Version.V2, CancellationToken cancellationToken = default) =>
        ByPayment.AdmitAsync(Order(body, key), version, header, Client, cancellationToken);

    public async Task<AdmissionResult.Admitted> AdmittedAsync(string header, string body = Body, string? key = null) =>
        Assert.IsType<AdmissionResult.Admitted>(await AdmitAsync(header, body, key));

    public async Task<Problem> RefusedAsync(string header, string body = Body, string? key = null) =>
        Assert.IsType<AdmissionResult.Refused>(await AdmitAsync(header, body, key)).Problem;

    public OrderRequest Order(string body, string? key = null) => OrderRequest.Read(Model, Encoding.UTF8.GetBytes(body), key, Limits.Of(new HttpExchange().Context));

    /// <summary>A payment header for this shop's price, by the buyer unless another signer is named.</summary>
    public string Pay(
        byte nonce = 1, X402Version version = X402Version.V2, Func<TransferAuthorization, TransferAuthorization>? change = null, EvmSigner? signer = null,
        string? identifier = null, string? signature = null, Action<JsonObject>? edit = null, long? price = null)
    {
        var by = signer ?? Samples.Buyer;
        var requirement = _till!.Require(price ?? Model.PriceAtomic(null));
        var validBefore = (ulong)Clock.GetUtcNow().ToUnixTimeSeconds() + 300;
        var transfer = new TransferAuthorization(by.Address, requirement.PayTo, requirement.Amount, 0, validBefore, Samples.Nonce(nonce));
        transfer = change?.Invoke(transfer) ?? transfer;
        var signed = signature is null ? by.Sign(transfer, requirement.Network.UsdcDomain) : new SignedAuthorization(transfer, signature);
        var payment = X402Json.Payment(version, signed, requirement, null);
        if (identifier is not null)
            payment["extensions"] = new JsonObject { ["payment-identifier"] = new JsonObject { ["info"] = new JsonObject { ["required"] = false, ["id"] = identifier } } };
        edit?.Invoke(payment);
        return Samples.Header(payment);
    }

    public static string JobIdOf(byte nonce, EvmSigner? signer = null) =>
        PaymentIdentity.JobId(EvmNetwork.Base, (signer ?? Samples.Buyer).Address, Samples.Nonce(nonce));
}
