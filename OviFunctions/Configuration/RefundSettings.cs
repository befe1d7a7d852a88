namespace OviFunctions.Configuration;

/// <summary>How money goes back.</summary>
public sealed class RefundSettings
{
}
