using System.Runtime.CompilerServices;

namespace OviFunctions.Payments.Chain;

/// <summary>Reads the logs of long ranges in steps that the node accepts.</summary>
public static class LogRanges
{
    /// <summary>Blocks a call; common nodes take 2,000 to 10,000.</summary>
    public const ulong DefaultStep = 2000;

    /// <summary>
    /// Yields the logs of each step in order; a step that the node refuses is halved. The last item is a failure if
    /// the range could not be read to its end.
    /// </summary>
    public static async IAsyncEnumerable<ChainRead<EvmLog[]>> LogsInStepsAsync(
        this IChainReader chain, LogFilter filter, ulong fromBlock, ulong toBlock, ulong step = DefaultStep,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (var next = fromBlock; next <= toBlock;)
        {
            var last = Math.Min(toBlock, next + step - 1);
            var read = await chain.LogsAsync(filter, next, last, cancellationToken);
            if (!read.TryGet(out _, out var failure) && failure.Refused && last > next)
            {
                step = (last - next + 1) / 2;
                continue;
            }
            yield return read;
            if (failure is not null) yield break;
            next = last + 1;
        }
    }
}
