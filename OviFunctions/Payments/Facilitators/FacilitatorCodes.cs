using System.Text.RegularExpressions;

namespace OviFunctions.Payments.Facilitators;

/// <summary>Facilitators' error codes. They reach buyers, so only harmless ones pass.</summary>
public static partial class FacilitatorCodes
{
    /// <summary>Stands for a code that is missing or unfit to show: some facilitators put whole error texts there.</summary>
    public const string Unspecified = "unspecified";

    /// <summary>The transaction was sent and its end is not known (x402 version 2, section 9).</summary>
    internal const string SettlementPending = "settlement_pending";

    /// <summary>The code, if it is one.</summary>
    internal static string Shown(string? code) => code is not null && Harmless().IsMatch(code) ? code : Unspecified;

    [GeneratedRegex(@"\A[a-z0-9_]{1,80}\z")]
    private static partial Regex Harmless();
}
