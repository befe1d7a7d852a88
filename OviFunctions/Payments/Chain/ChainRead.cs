using System.Diagnostics.CodeAnalysis;

namespace OviFunctions.Payments.Chain;

/// <summary>A value that a node gave, or why it gave none. A failed read says nothing about the chain.</summary>
public sealed class ChainRead<T>
{
    private readonly T? _value;
    private readonly ChainFailure? _failure;

    private ChainRead(T? value, ChainFailure? failure) => (_value, _failure) = (value, failure);

    public static implicit operator ChainRead<T>(T value) => new(value, null);

    public static implicit operator ChainRead<T>(ChainFailure failure) => new(default, failure);

    /// <summary>Takes the value, or the reason that there is none.</summary>
    public bool TryGet([MaybeNullWhen(false)] out T value, [NotNullWhen(false)] out ChainFailure? failure)
    {
        (value, failure) = (_value, _failure);
        return failure is null;
    }
}

/// <summary>Why a read gave nothing.</summary>
/// <param name="Reason">For logs and job details: no URL, nothing that the node wrote.</param>
/// <param name="Refused">The node answered with an error, or with more than we take: perhaps it was asked for too much at once.</param>
/// <param name="Reverted">The contract that was called ended the call itself.</param>
public sealed record ChainFailure(string Reason, bool Refused = false, bool Reverted = false)
{
    /// <summary>The codes of an <c>eth_call</c> that a contract reverted: that of ethereum/execution-apis, and Nethermind's.</summary>
    internal static bool IsRevert(int code) => code is 3 or -32015;
}
