using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Processes;
using OviFunctions.Tests.Embedded.Hosting.Support;

namespace OviFunctions.Tests.Composition;

/// <summary>The gateway's executable, run to its end in a folder of its own.</summary>
internal static class GatewayRun
{
    /// <param name="localSettings">The <c>local.settings.json</c> of the folder.</param>
    /// <returns>The exit code, and standard output and error, joined.</returns>
    public static async Task<(int Code, string Output)> RunAsync(string localSettings, params string[] arguments)
    {
        using var folder = new TestFolder().Write("local.settings.json", localSettings);
        await using var process = ChildProcess.Start(SpecIn(folder, arguments), watchdog: null, TimeProvider.System);
        var code = await process.WaitForExitAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60));
        return (code, string.Join('\n', process.Output.Last()));
    }

    /// <summary>How it is started in a folder, which then has its settings and its database.</summary>
    public static ProcessSpec SpecIn(TestFolder folder, params string[] arguments)
    {
        var command = GatewayProcess.OfThisBuild();
        return command with { Arguments = [.. command.Arguments, .. arguments], WorkingDirectory = folder.Path };
    }
}
