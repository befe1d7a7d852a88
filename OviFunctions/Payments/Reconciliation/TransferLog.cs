using System.Diagnostics.CodeAnalysis;
using OviFunctions.Payments.Chain;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Refunds;

namespace OviFunctions.Payments.Reconciliation;

/// <summary>Reads the transfers to and from the store out of the chain's logs.</summary>
public sealed class TransferLog(IChainReader chain, StoreAccounts accounts)
{
    /// <summary>The job that a transfer pays for, or would pay for; null for a plain one.</summary>
    public string? JobIdOf(ChainTransfer transfer) => transfer.JobId(accounts.Network);

    /// <summary>What came in, in the order of the chain.</summary>
    public async Task<ChainRead<ChainTransfer[]>> IncomingAsync(ulong fromBlock, ulong toBlock, CancellationToken cancellationToken)
    {
        var filter = new LogFilter(accounts.Network.Usdc, [TokenAbi.Transfer], null, [Bytes32.FromAddress(accounts.PayTo)]);
        if (!(await ReadAsync(filter, fromBlock, toBlock, cancellationToken)).TryGet(out var logs, out var failure)) return failure;
        var transfers = new List<ChainTransfer>();
        foreach (var block in logs.GroupBy(log => log.BlockHash))
        {
            var uses = new LogFilter(accounts.Network.Usdc, [TokenAbi.AuthorizationUsed], [.. block.Select(log => log.Topics[1]).Distinct()]);
            if (!(await chain.LogsAsync(uses, block.Key, cancellationToken)).TryGet(out var used, out failure)) return failure;
            foreach (var log in block)
            {
                var use = used.FirstOrDefault(u => uses.Matches(u) && u.IsRightBefore(log.Transaction, log.LogIndex)
                    && u.Topics is [_, var authorizer, _] && authorizer == log.Topics[1]);
                if (Transfer(log, use?.Topics[2]) is { } transfer) transfers.Add(transfer);
            }
        }

        return transfers.ToArray();
    }

    /// <summary>What left the refund wallets, in the order of the chain.</summary>
    public async Task<ChainRead<ChainTransfer[]>> OutgoingAsync(ulong fromBlock, ulong toBlock, CancellationToken cancellationToken)
    {
        if (accounts.RefundWallets.Count == 0) return Array.Empty<ChainTransfer>();
        var filter = new LogFilter(accounts.Network.Usdc, [TokenAbi.Transfer], [.. accounts.RefundWallets.Select(Bytes32.FromAddress)]);
        return await TransfersAsync(filter, fromBlock, toBlock, cancellationToken);
    }

    /// <summary>What anybody sent to an address, in the order of the chain.</summary>
    public Task<ChainRead<ChainTransfer[]>> ReceivedAsync(EvmAddress receiver, ulong fromBlock, ulong toBlock, CancellationToken cancellationToken) =>
        TransfersAsync(
            new LogFilter(accounts.Network.Usdc, [TokenAbi.Transfer], null, [Bytes32.FromAddress(receiver)]), fromBlock, toBlock, cancellationToken);

    /// <summary>Whether a transfer is a refund that a wallet of ours signed for another job, recorded or not yet.</summary>
    public async Task<ChainRead<bool>> IsAnotherRefundAsync(ChainTransfer transfer, string jobId, CancellationToken cancellationToken)
    {
        if (!accounts.RefundWallets.Contains(transfer.From)) return false;
        var uses = new LogFilter(accounts.Network.Usdc, [TokenAbi.AuthorizationUsed], [Bytes32.FromAddress(transfer.From)]);
        if (!(await chain.LogsAsync(uses, transfer.Block, transfer.Block, cancellationToken)).TryGet(out var used, out var failure)) return failure;
        var use = used.FirstOrDefault(log => uses.Matches(log) && log.IsRightBefore(transfer.Transaction, transfer.LogIndex));
        return use is { Topics: [_, _, var nonce] } && nonce != RefundRecord.NonceOf(jobId);
    }

    private async Task<ChainRead<ChainTransfer[]>> TransfersAsync(LogFilter filter, ulong fromBlock, ulong toBlock, CancellationToken cancellationToken) =>
        (await ReadAsync(filter, fromBlock, toBlock, cancellationToken)).TryGet(out var logs, out var failure)
            ? logs.Select(log => Transfer(log, nonce: null)).OfType<ChainTransfer>().ToArray()
            : failure;

    private async Task<ChainRead<EvmLog[]>> ReadAsync(LogFilter filter, ulong fromBlock, ulong toBlock, CancellationToken cancellationToken)
    {
        var all = new List<EvmLog>();
        await foreach (var read in chain.LogsInStepsAsync(filter, fromBlock, toBlock, cancellationToken: cancellationToken))
        {
            if (!read.TryGet(out var logs, out var failure)) return failure;
            all.AddRange(logs.Where(log => filter.Matches(log) && log.Topics.Count == 3 && log.Data.Length == Uint256.Size));
        }

        return all.OrderBy(log => log.BlockNumber).ThenBy(log => log.LogIndex).ToArray();
    }

    private static ChainTransfer? Transfer(EvmLog log, Bytes32? nonce) =>
        Uint256.FromBigEndian(log.Data.Span) is var value && value > 0 && value <= (ulong)long.MaxValue
            ? new ChainTransfer(AddressOf(log.Topics[1]), AddressOf(log.Topics[2]), (long)value.Value, log.Transaction, log.BlockNumber, log.LogIndex, nonce)
            : null;

    private static EvmAddress AddressOf(Bytes32 topic)
    {
        Span<byte> bytes = stackalloc byte[Bytes32.Size];
        topic.CopyTo(bytes);
        return new EvmAddress(bytes[12..]);
    }
}
