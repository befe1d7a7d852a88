namespace OviFunctions.Payments.X402;

/// <summary>The two versions of the x402 wire format. Both are offered; a buyer is answered in the one he paid with.</summary>
public enum X402Version
{
    /// <summary><c>X-PAYMENT</c>, network names, requirements in the JSON body.</summary>
    V1 = 1,

    /// <summary><c>PAYMENT-SIGNATURE</c>, CAIP-2 networks, requirements in a header.</summary>
    V2 = 2,
}

/// <summary>Names of the x402 headers (HTTP transports of versions 1 and 2).</summary>
public static class X402Headers
{
    /// <summary>Request, version 1: the payment.</summary>
    public const string PaymentV1 = "X-PAYMENT";

    /// <summary>Request, version 2: the payment.</summary>
    public const string PaymentV2 = "PAYMENT-SIGNATURE";

    /// <summary>Response, version 2: what has to be paid.</summary>
    public const string Required = "PAYMENT-REQUIRED";

    /// <summary>Response, version 1: the receipt.</summary>
    public const string ReceiptV1 = "X-PAYMENT-RESPONSE";

    /// <summary>Response, version 2: the receipt.</summary>
    public const string ReceiptV2 = "PAYMENT-RESPONSE";

    /// <summary>The request header that carries a payment of this version.</summary>
    public static string PaymentOf(X402Version version) => version == X402Version.V1 ? PaymentV1 : PaymentV2;

    /// <summary>The response header that carries a receipt of this version.</summary>
    public static string ReceiptOf(X402Version version) => version == X402Version.V1 ? ReceiptV1 : ReceiptV2;
}
