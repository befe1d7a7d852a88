using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.EndToEnd.Support;

/// <summary>A gateway that asks the second provider after a second, and that looks at jobs only when their provider calls back.</summary>
public sealed class HedgingGateway : IAsyncLifetime
{
    private readonly StackFixture _stack = new();

    internal TestGateway Gateway { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await _stack.InitializeAsync();
        Gateway = await TestGateway.StartAsync(
            _stack.Stack,
            own => own with { HedgeDelay = TimeSpan.FromSeconds(1) },
            [("Jobs__FirstPollSeconds", "600"), ("Jobs__MaxPollSeconds", "600")]);
    }

    public async Task DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await _stack.DisposeAsync();
    }
}
