namespace OviFunctions.Configuration;

/// <summary>How much of everything one buyer may have.</summary>
public sealed class LimitSettings
{
}
