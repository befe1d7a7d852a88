using System.Diagnostics;
using System.Text.Json;
using OviFunctions.DevStack.Installation;

namespace OviFunctions.Tests.DevStack.Simulators;

/// <summary>Runs a script of this folder that drives a simulator with its vendor's own client from npm.</summary>
internal static class VendorClient
{
    /// <summary>What the script prints: one JSON document.</summary>
    /// <param name="script">The file's name; it gets the folder of the npm packages, then the arguments.</param>
    public static async Task<JsonElement> RunAsync(string script, string[] arguments, CancellationToken soon)
    {
        var file = Path.Combine(RepositoryFolders.Root, "OviFunctions.Tests", "DevStack", "Simulators", script);
        var modules = Path.Combine(RepositoryFolders.Peers, "node_modules");
        using var node = Process.Start(new ProcessStartInfo("node", [file, modules, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            var errors = node.StandardError.ReadToEndAsync(soon);
            var output = await node.StandardOutput.ReadToEndAsync(soon);
            await node.WaitForExitAsync(soon);
            Assert.True(node.ExitCode == 0, await errors);
            return JsonDocument.Parse(output).RootElement;
        }
        finally
        {
            if (!node.HasExited) node.Kill();
        }
    }
}
