using System.Globalization;
using OviFunctions.DevStack.Processes;

namespace OviFunctions.DevStack.Installation;

/// <summary>The machine's own Node.js and npm.</summary>
/// <param name="Node">The command that runs Node.js.</param>
/// <param name="Npm">The command that runs npm.</param>
internal sealed record NodeTools(string Node, string Npm)
{
    private const int OldestMajor = 20;
    private const string WhereToGetIt = "Get it from https://nodejs.org/ (any LTS release has npm with it), then run the same command again.";

    public static NodeTools OnPath { get; } = new("node", OperatingSystem.IsWindows() ? "npm.cmd" : "npm");

    /// <exception cref="StackException">Node.js or npm is missing or too old; says what was found and what is needed.</exception>
    public async Task EnsureUsableAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        var version = await AskVersionAsync(Node, time, cancellationToken)
            ?? throw new StackException($"Node.js {OldestMajor} or newer is needed; there is no working `{Node}` on the PATH. {WhereToGetIt}");
        if (MajorOf(version) is not { } major || major < OldestMajor)
            throw new StackException($"Node.js {OldestMajor} or newer is needed; `{Node} --version` says {version}. {WhereToGetIt}");
        _ = await AskVersionAsync(Npm, time, cancellationToken)
            ?? throw new StackException($"npm is needed; Node.js {version} is here, but there is no working `{Npm}` on the PATH. {WhereToGetIt}");
    }

    private static int? MajorOf(string version) =>
        int.TryParse(version.TrimStart('v').Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major) ? major : null;

    private static async Task<string?> AskVersionAsync(string command, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            await using var process = ChildProcess.Start(new ProcessSpec(command, command, ["--version"]), watchdog: null, time);
            var code = await process.WaitForExitAsync(cancellationToken);
            return code == 0 && process.Output.Last(1) is [var line] ? line.Trim() : null;
        }
        catch (StackException)
        {
            return null;
        }
    }
}
