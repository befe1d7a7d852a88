using OviFunctions.DevStack;
using OviFunctions.DevStack.CommandLine;
using OviFunctions.DevStack.Processes;

namespace OviFunctions.Tests.Support;

/// <summary>
/// The developer stack (Azurite, chain, facilitators), one for the whole test run: every collection that asks for it
/// shares the same one, and it ends when the last collection that runs has let go of it.
/// </summary>
public sealed class StackFixture : IAsyncLifetime
{
    private static readonly SemaphoreSlim Gate = new(1, 1);
    private static DeveloperStack? shared;
    private static int holders;

    internal DeveloperStack Stack { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await Gate.WaitAsync();
        try
        {
            shared ??= await DeveloperStack.StartAsync(
                new StackOptions { Ports = Ports.Ephemeral(), LegacyFacilitator = true },
                Timeline.Silent(TimeProvider.System), TimeProvider.System, CancellationToken.None);
            holders++;
            Stack = shared;
        }
        finally
        {
            Gate.Release();
        }
    }

    public async Task DisposeAsync()
    {
        await Gate.WaitAsync();
        try
        {
            if (--holders > 0 || shared is null) return;
            await shared.DisposeAsync();
            shared = null;
        }
        finally
        {
            Gate.Release();
        }
    }
}
