using System.Diagnostics;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using OviFunctions.DevStack.Installation;
using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Processes;
using OviFunctions.Tests.DevStack.Support;
using OviFunctions.Tests.Embedded.Hosting.Support;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.DevStack.Demo;

/// <summary>The demo as a visitor sees it.</summary>
[Collection(ProgramGroup.Name)]
public sealed partial class DemoTests
{
    [FactWith("curl")]
    public async Task Demo_TellsThePurchase_StaysUp_AndEndsWithCtrlC()
    {
        await using var run = ProgramRun.Start();

        await run.PrintedAsync("Ctrl-C ends it all.");

        var job = run.Json;
        var id = job.GetProperty("id").GetString()!;
        var transaction = job.GetProperty("payment").GetProperty("transaction").GetString()!;
        AssertInOrder(
            run.Output,
            "POST /v1/videos/ovi/image-to-video/jobs with an image: 402, the quote is 0.42 USDC on base-sepolia (",
            $"The same, paid by the reference x402 v2 client: 202, {id} (",
            $"Settled in USDC on eip155:84532: transaction {transaction}",
            "Lane 0: sent to fal",
            "Lane 1: sent to fal-2 as well: a hedge, because the lane before has taken 2 s",
            "Webhook from fal-2, answered 200",
            "Lane 1: delivered",
            "Job succeeded (",
            $"The MP4 is in Blob storage: http://127.0.0.1:{run.Ports[PortName.Blob]}/devstoreaccount1/ovifunctions/videos/{id}/1.mp4 (",
            $"{id}.mp4 (",
            $"Settlement   {transaction}");
        Assert.Contains("Webhook to the buyer: job.succeeded, its signature is right", run.Output, StringComparison.Ordinal);
        using var rpc = new ChainRpc(Loopback.Url(run.Ports[PortName.Chain]), ChainNetwork.BaseSepolia);
        Assert.Equal("0x1", (await rpc.GetReceiptAsync(transaction, default))!.Value.GetProperty("status").GetString());

        var sha256 = Line(run, "SHA-256");
        Assert.Equal(job.GetProperty("assets")[0].GetProperty("sha256").GetString(), sha256);
        Assert.Equal(sha256, await TakeOutFileAsync(id));
        Assert.Equal(sha256, await RunCurlAsync(Line(run, "Or")));

        Assert.Equal(0, await run.CtrlCAsync());
        Ports.Usual(PortName.All.ToDictionary(name => name, name => run.Ports[name])).EnsureFree(PortName.All);
    }

    [Fact]
    public async Task Demo_OnceWithoutChain_BuysWithTheApiKey()
    {
        await using var run = ProgramRun.Start("--once", "--no-chain");

        var code = await run.EndAsync();

        Assert.True(code == 0, run.Output + run.Errors);
        var job = run.Json;
        Assert.Equal("api_key", job.GetProperty("payment_method").GetString());
        Assert.Equal("none: an API key paid", Line(run, "Settlement"));
        Assert.DoesNotContain("Chain", run.Output, StringComparison.Ordinal);
        Assert.Equal(Line(run, "SHA-256"), await TakeOutFileAsync(job.GetProperty("id").GetString()!));
    }

    [Fact]
    public async Task Demo_OnceWhenNobodyDelivers_EndsWithCode1AndTheReason()
    {
        await using var run = ProgramRun.Start("--once", "--no-chain");
        await run.PrintedAsync("A second one on");
        using var http = new HttpClient();
        foreach (var fal in new[] { PortName.Fal, PortName.SecondFal })
        {
            var refused = await http.PostAsJsonAsync(Loopback.Url(run.Ports[fal], "/_faults"), new { scope = "all", fault = new { outcome = "content_policy" } });
            refused.EnsureSuccessStatusCode();
        }

        Assert.Equal(1, await run.EndAsync());
        Assert.Equal("There is no video: The provider's content policy refused the prompt or the image.", run.Errors.TrimEnd());
        Assert.Contains("Lane 0: failed (content_policy)", run.Output, StringComparison.Ordinal);
        Assert.Contains("Webhook to the buyer: job.failed, its signature is right", run.Output, StringComparison.Ordinal);
    }

    /// <summary>What stands behind a label at the end.</summary>
    private static string Line(ProgramRun run, string label) =>
        run.Output.Split(Environment.NewLine).Last(line => line.StartsWith(label + " ", StringComparison.Ordinal))[label.Length..].Trim();

    private static void AssertInOrder(string text, params string[] parts)
    {
        var from = 0;
        foreach (var part in parts)
        {
            var at = text.IndexOf(part, from, StringComparison.Ordinal);
            Assert.True(at >= 0, $"\"{part}\" is missing, or comes too early, in:\n{text}");
            from = at + part.Length;
        }
    }

    /// <summary>The hash of the file that the demo left, which is then deleted.</summary>
    private static async Task<string> TakeOutFileAsync(string jobId)
    {
        var bytes = await File.ReadAllBytesAsync(OutFile(jobId));
        File.Delete(OutFile(jobId));
        return Convert.ToHexStringLower(SHA256.HashData(bytes));
    }

    private static string OutFile(string jobId) => Path.Combine(RepositoryFolders.Root, "out", jobId + ".mp4");

    /// <summary>Pastes the line into a shell; gives the hash of the file that it makes.</summary>
    private static async Task<string> RunCurlAsync(string line)
    {
        using var folder = new TestFolder();
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", line]) { WorkingDirectory = folder.Path })!;
        await shell.WaitForExitAsync();
        Assert.Equal(0, shell.ExitCode);
        return Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(folder[OutputFile().Match(line).Groups[1].Value])));
    }

    [GeneratedRegex("-o ([^ ]+)")]
    private static partial Regex OutputFile();
}
