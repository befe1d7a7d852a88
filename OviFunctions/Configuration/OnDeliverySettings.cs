namespace OviFunctions.Configuration;

/// <summary>Settlement after the delivery, for wallets that have shown that they pay.</summary>
public sealed class OnDeliverySettings
{
}
