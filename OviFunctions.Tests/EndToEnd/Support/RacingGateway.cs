using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.EndToEnd.Support;

/// <summary>A gateway that asks both providers at once, and that spends on them what a video is sold for, and no more.</summary>
public sealed class RacingGateway : IAsyncLifetime
{
    private readonly StackFixture _stack = new();

    internal TestGateway Gateway { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await _stack.InitializeAsync();
        Gateway = await TestGateway.StartAsync(
            _stack.Stack,
            settings: [("Routing__Plan", "Race"), ("Routing__MinMarginUsd", "0"), ("Jobs__FirstPollSeconds", "600"), ("Jobs__MaxPollSeconds", "600")]);
    }

    public async Task DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await _stack.DisposeAsync();
    }
}
