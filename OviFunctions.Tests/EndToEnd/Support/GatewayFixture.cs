using OviFunctions.DevStack;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.EndToEnd.Support;

/// <summary>
/// The gateway that most end-to-end tests share: one for the whole run. Tests tell their jobs apart by the prompt, their payments by
/// the wallet, and their webhooks by the path.
/// </summary>
public sealed class GatewayFixture : IAsyncLifetime
{
    private static readonly SemaphoreSlim Gate = new(1, 1);
    private static (TestGateway Gateway, ImageHost Images)? shared;
    private static int holders;

    private readonly StackFixture _stack = new();

    internal TestGateway Gateway { get; private set; } = null!;

    internal ImageHost Images { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await _stack.InitializeAsync();
        await Gate.WaitAsync();
        try
        {
            shared ??= await StartAsync(_stack.Stack);
            holders++;
            (Gateway, Images) = shared.Value;
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
            if (--holders == 0 && shared is var (gateway, images))
            {
                shared = null;
                await gateway.DisposeAsync();
                await images.DisposeAsync();
            }
        }
        finally
        {
            Gate.Release();
        }

        await _stack.DisposeAsync();
    }

    private static async Task<(TestGateway Gateway, ImageHost Images)> StartAsync(DeveloperStack stack)
    {
        var images = await ImageHost.StartAsync();
        var gateway = await TestGateway.StartAsync(
            stack, endpoints => endpoints with { AllowedHosts = [.. endpoints.AllowedHosts, images.Url.Authority] });
        return (gateway, images);
    }
}
