namespace OviFunctions.Configuration;

/// <summary>What the operator may do over HTTP.</summary>
public sealed class OperatorSettings
{
}
