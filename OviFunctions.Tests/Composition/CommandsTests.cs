using System.Security.Cryptography;
using System.Text;

namespace OviFunctions.Tests.Composition;

public sealed class CommandsTests
{
    [Fact]
    public async Task NewApiKey_PrintsAKeyAndTheHashThatTheSettingsTake()
    {
        var (code, output) = await RunAsync("new-api-key");

        Assert.Equal(0, code);
        var (key, hash) = output.Split('\n') is [var first, var second] ? (first.Split(' ')[^1], second.Split(' ')[^1]) : default;
        Assert.Matches("^ovi_[0-9a-f]{64}$", key);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))), hash);
    }

    [Fact]
    public async Task NewServerKey_PrintsAnother32BytesEachTime()
    {
        var (code, first) = await RunAsync("new-server-key");
        var (_, second) = await RunAsync("new-server-key");

        Assert.Equal(0, code);
        Assert.Equal(32, Convert.FromBase64String(first).Length);
        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task UnknownCommand_NamesThoseThatThereAre()
    {
        var (code, output) = await RunAsync("chekc");

        Assert.Equal(2, code);
        Assert.StartsWith("chekc is not a command. There are: check, new-api-key, new-server-key, instances;", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Instances_NoHostHasRun_LooksForTheDatabaseOfTheTaskHub()
    {
        var (code, output) = await RunAsync("instances", "list", "--status", "Running");

        Assert.Equal(1, code);
        Assert.Contains("/.data/ovifunctions.db': no host has run with these settings.", output, StringComparison.Ordinal);
    }

    private static Task<(int Code, string Output)> RunAsync(params string[] command) => GatewayRun.RunAsync("""{ "Values": {} }""", command);
}
