using System.Text.Json;

namespace OviFunctions.Tests.DevStack.Support;

/// <summary><c>--peers-only</c>, up.</summary>
public sealed class PeersOnlyRun : IAsyncLifetime
{
    internal ProgramRun Run { get; } = ProgramRun.Start("--peers-only");

    /// <summary>The <c>local.settings.json</c> that it printed, letter for letter.</summary>
    internal string LocalSettings { get; private set; } = "";

    internal JsonElement Settings => JsonElement.Parse(LocalSettings).GetProperty("Values");

    public async Task InitializeAsync()
    {
        await Run.PrintedAsync("Ctrl-C ends it all.");
        LocalSettings = Run.Output[Run.Output.IndexOf('{', StringComparison.Ordinal)..(Run.Output.LastIndexOf('}') + 1)];
    }

    public async Task DisposeAsync() => await Run.DisposeAsync();
}
