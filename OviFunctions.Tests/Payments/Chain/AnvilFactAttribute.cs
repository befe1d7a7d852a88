namespace OviFunctions.Tests.Payments.Chain;

/// <summary>
/// A test on a real EVM: anvil on loopback with chain id 8453, USDC at its address and `--slots-in-an-epoch 1`, and
/// the reference facilitator. Runs when OVI_TEST_RPC and OVI_TEST_FACILITATOR hold their URLs.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AnvilFactAttribute : FactAttribute
{
    public AnvilFactAttribute()
    {
        if (Rpc is null || Facilitator is null) Skip = "Set OVI_TEST_RPC and OVI_TEST_FACILITATOR to run it.";
    }

    public static string? Rpc { get; } = Environment.GetEnvironmentVariable("OVI_TEST_RPC");

    public static string? Facilitator { get; } = Environment.GetEnvironmentVariable("OVI_TEST_FACILITATOR");
}
