using System.Text.Json;
using OviFunctions.Payments.Evm;

namespace OviFunctions.Tests.Payments;

/// <summary>Data/x402-vectors.json: made with viem from anvil's key 0.</summary>
internal static class Vectors
{
    private static readonly JsonElement Root = JsonElement.Parse(
        File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Data", "x402-vectors.json")));

    /// <summary>The string at a path such as <c>topics.Transfer</c>.</summary>
    public static string Text(string path) => path.Split('.').Aggregate(Root, (element, name) => element.GetProperty(name)).GetString()!;

    /// <summary>The bytes of the hex at a path.</summary>
    public static byte[] Bytes(string path) => Convert.FromHexString(Text(path)[2..]);

    /// <summary>The authorization that the vectors' struct hash, digest and signatures are about.</summary>
    public static TransferAuthorization Authorization { get; } = new(
        EvmAddress.Parse("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"),
        EvmAddress.Parse("0xb308ed39d67d0d4bae5bc2faef60c66bbb6ae429"),
        420000, 0, 1795169571,
        new Bytes32(Enumerable.Repeat((byte)0xa1, 32).ToArray()));
}
