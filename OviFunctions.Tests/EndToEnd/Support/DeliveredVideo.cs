using System.Text.Json;
using OviFunctions.DevStack;

namespace OviFunctions.Tests.EndToEnd.Support;

/// <summary>One delivered job on the shared gateway, for tests that only look at it.</summary>
public sealed class DeliveredVideo : IAsyncLifetime
{
    private readonly GatewayFixture _gateway = new();

    internal TestGateway Gateway => _gateway.Gateway;

    internal Ticket Ticket { get; private set; } = null!;

    internal JsonElement Job { get; private set; }

    internal byte[] Bytes { get; private set; } = [];

    public async Task InitializeAsync()
    {
        await _gateway.InitializeAsync();
        var shop = Gateway.Shop;
        Ticket = Ticket.Of(await shop.OrderAsync(
            OrderBody.For("A quiet lake.").ToJsonString(), Shop.Key(GatewaySettings.ApiKey, nameof(DeliveredVideo))));
        Job = await shop.EndOfAsync(Ticket);
        Bytes = (await shop.GetAsync(Ticket.ContentPath, Ticket.Bearer)).Body;
    }

    public Task DisposeAsync() => _gateway.DisposeAsync();
}
