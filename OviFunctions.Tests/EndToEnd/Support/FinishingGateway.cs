using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.EndToEnd.Support;

/// <summary>A gateway that fits images and finishes videos, where there is an ffmpeg.</summary>
public sealed class FinishingGateway : IAsyncLifetime
{
    private readonly StackFixture _stack = new();

    internal TestGateway Gateway { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await _stack.InitializeAsync();
        Gateway = await TestGateway.StartAsync(_stack.Stack, settings: [("Media__UseFfmpeg", "true")]);
    }

    public async Task DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await _stack.DisposeAsync();
    }
}
