using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OviFunctions.DevStack.Simulators;
using LoopbackServer = OviFunctions.DevStack.Simulators.LoopbackServer;

namespace OviFunctions.Tests.DevStack.Simulators;

/// <summary>A simulator and a host of images: what a vendor's client needs.</summary>
internal sealed class ClientStage<T>(T simulator, WebApplication images) : IAsyncDisposable
    where T : IProviderSimulator
{
    public T Simulator => simulator;

    public HttpClient Http { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    public Uri ImageUrl => new(LoopbackServer.AddressOf(images), "image.png");

    /// <summary>The end of every wait in these tests.</summary>
    public CancellationToken Soon { get; } = new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;

    public async ValueTask DisposeAsync()
    {
        await simulator.DisposeAsync();
        await images.DisposeAsync();
        Http.Dispose();
    }
}

internal static class ClientStage
{
    public static async Task<ClientStage<T>> OpenAsync<T>(T simulator)
        where T : IProviderSimulator =>
        new(simulator, await LoopbackServer.StartAsync(0, app => app.MapGet("/image.png", () => Results.Bytes(TestImages.Png, "image/png")), default));
}
