namespace OviFunctions.Configuration;

/// <summary>How money goes back.</summary>
public sealed class RefundSettings
{
    [Setting("Percent that goes back when the provider refuses the input.", Min = 1, Max = 100)]
    public int InvalidInputPercent { get; set; } = 100;

    [Setting("Percent that goes back when the provider's content policy refuses the order.", Min = 1, Max = 100)]
    public int ContentPolicyPercent { get; set; } = 100;
}
