using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Configuration;
using OviFunctions.Jobs;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Identity;
using OviFunctions.Payments.Ledger;
using OviFunctions.Payments.Reconciliation;
using OviFunctions.Tests.Payments.Chain;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Payments.Reconciliation;

/// <summary>A store with one refund wallet and the chain that it watches, a block every 2 seconds.</summary>
internal sealed class WatchBench
{
    public static readonly EvmAddress RefundWallet = Samples.Stranger.Address;

    public WatchBench(int graceSeconds = 60)
    {
        Settings = TestSettings.Read(("Operator:NoOrderGraceSeconds", graceSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        Records = new MemoryRecordStore(Clock);
        Ledger = new LedgerReader(Records);
        Writer = new BlobLedger(Records);
        var accounts = new StoreAccounts(EvmNetwork.Base, Samples.Merchant, [RefundWallet]);
        Transfers = new TransferLog(Node.Reader, accounts);
        Watch = new MoneyWatch(Records, Node.Reader, Transfers, accounts, new SettledMoney(Writer, Node.Reader), Ledger, Settings, Clock, Log);
        Daily = new DailyReconciliation(Records, Node.Reader, Transfers, Watch, Ledger, Clock, NullLogger<DailyReconciliation>.Instance);
    }

    public ManualTimeProvider Clock { get; } = new(DateTimeOffset.FromUnixTimeSeconds((long)ScriptedNode.TimeOf(100)));

    public ScriptedNode Node { get; } = new();

    public MemoryRecordStore Records { get; }

    public MemoryTaskClient Client { get; } = new();

    public LogSink<MoneyWatch> Log { get; } = new();

    public OviSettings Settings { get; }

    public LedgerReader Ledger { get; }

    public BlobLedger Writer { get; }

    public TransferLog Transfers { get; }

    public MoneyWatch Watch { get; }

    public DailyReconciliation Daily { get; }

    /// <summary>The chain's safe head is this block, and the next run looks at it.</summary>
    public async Task<ChainFailure?> LookAsync(ulong safe)
    {
        (Node.Head, Node.Safe) = (safe + 10, safe);
        Clock.Advance(TimeSpan.FromSeconds(10)); // what is known of the cursor is older than that
        return await Watch.RunAsync(Client, default);
    }

    /// <summary>A payment to the store on the chain.</summary>
    public TransferAuthorization Pay(ulong block, byte nonce, long amount = 420_000, ulong index = 4)
    {
        var transfer = Samples.Transfer with { Value = (ulong)amount, Nonce = Samples.Nonce(nonce) };
        Node.Settle(block, index, ScriptedNode.Transaction(block, (int)index), transfer);
        return transfer;
    }

    public static string JobIdOf(TransferAuthorization transfer) => PaymentIdentity.JobId(EvmNetwork.Base, transfer.From, transfer.Nonce);

    public static string JobIdOf(byte nonce) => PaymentIdentity.JobId(EvmNetwork.Base, Samples.Buyer.Address, Samples.Nonce(nonce));

    public async Task<IReadOnlyList<Unmatched>> ListedAsync()
    {
        var listed = new List<Unmatched>();
        await foreach (var (name, _) in Records.ListAsync("unmatched/", default)) listed.Add((await Records.ReadAsync<Unmatched>(name, default))!.Value);
        return listed;
    }

    public Task ClaimAsync(VideoJobInput job, string? supersededBy = null) =>
        Records.TryCreateAsync(RecordNames.Claim(job.JobId), JobSamples.ClaimOf(job) with { SupersededBy = supersededBy }, default);

    /// <summary>A refund that left the wallet, on the chain and perhaps in the ledger.</summary>
    public async Task RefundAsync(ulong block, string jobId, long amount = 420_000, long? entered = null)
    {
        var transaction = ScriptedNode.Transaction(block, 9);
        Node.Transfer(block, 3, transaction, RefundWallet, Samples.Buyer.Address, (ulong)amount);
        if (entered is not { } inLedger) return;
        await Writer.RecordAsync(new LedgerEntry
        {
            Type = LedgerEntryType.Refunded,
            JobId = jobId,
            At = DateTimeOffset.FromUnixTimeSeconds((long)ScriptedNode.TimeOf(block)),
            AmountAtomic = inLedger,
            Transaction = transaction.ToString(),
            LogIndex = 3,
            Block = block,
            From = RefundWallet.ToChecksumString(),
            To = Samples.Buyer.Address.ToChecksumString(),
        }, default);
    }
}
