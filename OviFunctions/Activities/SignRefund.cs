using System.Text.Json.Serialization;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using OviFunctions.Configuration;
using OviFunctions.Jobs;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Refunds;

namespace OviFunctions.Activities;

/// <param name="Refund">What is to be paid.</param>
/// <param name="Spent">How many authorizations were signed before that can no longer pay, as a safe block showed.</param>
public sealed record SignRefundInput(RefundInput Refund, int Spent);

/// <summary>What became of the wish to sign.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SignState>))]
public enum SignState
{
    /// <summary>There is a recorded authorization that can pay.</summary>
    Ready,

    /// <summary>The payer may not be paid now.</summary>
    Blocked,

    /// <summary>Not now: the node does not answer, no wallet can pay it, or the day's cap is reached.</summary>
    NotNow,
}

/// <param name="State">What became of it.</param>
/// <param name="Generation">Which authorization is the one, from 1.</param>
public sealed record SignStep(SignState State, int Generation = 0);

/// <summary>Signs a refund and records it before anybody can use it; what is recorded already stays the one.</summary>
public sealed partial class SignRefund(
    RefundBook book, RefundBarrier barrier, RefundReserve reserve, RefundWallets wallets, IChainReader chain, SettlementProof proof, OviSettings settings,
    ILogger<SignRefund> logger)
{
    [Function(nameof(SignRefund))]
    public async Task<SignStep> Run([ActivityTrigger] SignRefundInput input, CancellationToken cancellationToken)
    {
        var refund = input.Refund;
        if (refund.AmountAtomic <= 0 || refund.AmountAtomic > refund.Incoming.Value.Value)
            throw new ArgumentException($"The refund of {refund.JobId} is not for a part of what came in.", nameof(input));
        var stored = await book.FindAsync(refund.JobId, cancellationToken);
        if (stored?.Value is { Authorization: not null } signed && signed.Generation > input.Spent)
        {
            // An earlier run may have ended between the record and the ledger.
            await book.EnterSignedAsync(signed, cancellationToken);
            return new SignStep(SignState.Ready, signed.Generation);
        }

        if (await book.FindPaymentByHandAsync(refund.JobId, cancellationToken) is not null) return new SignStep(SignState.Ready, input.Spent + 1);
        var permission = await barrier.LookAsync(refund, cancellationToken);
        if (permission.Reason is { } reason)
        {
            await book.BlockAsync(refund, reason, cancellationToken);
            return new SignStep(SignState.Blocked);
        }

        if (!permission.Certain || !(await chain.BlockAsync(BlockTag.Safe, cancellationToken)).TryGet(out var safe, out _)) return new SignStep(SignState.NotNow);
        var (wallet, afterBlock) = await FindWalletAsync(refund, safe, cancellationToken);
        if (wallet is null) return new SignStep(SignState.NotNow);
        var (setting, cap) = refund.Reason == RefundReason.NoOrder
            ? (nameof(settings.Refunds.NoOrderDayCapUsdc), settings.Refunds.NoOrderDayCapUsdc)
            : (nameof(settings.Refunds.DayCapUsdc), settings.Refunds.DayCapUsdc);
        if (!await reserve.TrySpendAsync(refund.Reason, refund.JobId, refund.AmountAtomic, Usdc.ToAtomic(cap), cancellationToken))
        {
            CapReached(logger, refund.JobId, setting, cap);
            return new SignStep(SignState.NotNow);
        }

        // Chain time: only a block decides when an authorization is over.
        var validBefore = safe.Timestamp + ((ulong)settings.Refunds.VoucherDays * 86_400);
        var transfer = new TransferAuthorization(
            wallet.Address, refund.Incoming.From, (ulong)refund.AmountAtomic, ValidAfter: 0, validBefore, RefundRecord.NonceOf(refund.JobId));
        return await book.SignAsync(refund, stored, wallet.Sign(transfer, refund.Network.UsdcDomain), afterBlock, cancellationToken)
            ? new SignStep(SignState.Ready, (stored?.Value.Generation ?? 0) + 1)
            : new SignStep(SignState.NotNow);
    }

    /// <summary>
    /// The wallet that pays: one that has paid already, if our record of it was lost; else the first whose nonce is free. A
    /// nonce that was cancelled or used for something else is spent for ever, and only then may another wallet pay.
    /// </summary>
    private async Task<(EvmSigner? Wallet, ulong AfterBlock)> FindWalletAsync(RefundInput refund, BlockHead safe, CancellationToken cancellationToken)
    {
        (EvmSigner? Wallet, ulong AfterBlock) free = default;
        var nonce = RefundRecord.NonceOf(refund.JobId);
        foreach (var wallet in wallets.All)
        {
            var state = await chain.AuthorizationUsedAsync(refund.Network.Usdc, wallet.Address, nonce, safe.Hash, cancellationToken);
            if (!state.TryGet(out var isUsed, out _)) return default;
            if (!isUsed)
            {
                if (free.Wallet is null) free = (wallet, safe.Number);
                continue;
            }

            var earlier = new TransferAuthorization(
                wallet.Address, refund.Incoming.From, (ulong)refund.AmountAtomic, ValidAfter: 0, ulong.MaxValue, nonce);
            switch (await proof.EvaluateAsync(refund.Network.Usdc, earlier, refund.AfterBlock, BlockTag.Safe, cancellationToken))
            {
                case SettlementEvidence.Paid: return (wallet, refund.AfterBlock);
                case SettlementEvidence.UnpaidForGood: continue;
                default: return default;
            }
        }

        if (free.Wallet is null) NoWallet(logger, refund.JobId, wallets.All.Count);
        return free;
    }

    [LoggerMessage(2501, LogLevel.Critical,
        "The refund of job {JobId} has no wallet that could pay it: the nonce is spent in all {Count} of Refunds:Wallets. Add another one.")]
    private static partial void NoWallet(ILogger logger, string jobId, int count);

    [LoggerMessage(2503, LogLevel.Critical,
        "The refund of job {JobId} waits for tomorrow, because Refunds:{Setting} ({Cap}) is reached. Raise it if that is no mistake.")]
    private static partial void CapReached(ILogger logger, string jobId, string setting, decimal cap);
}
