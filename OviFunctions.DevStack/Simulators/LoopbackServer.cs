using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace OviFunctions.DevStack.Simulators;

/// <summary>A web application on 127.0.0.1: every simulator is one.</summary>
internal static class LoopbackServer
{
    /// <summary>Starts an application on a port of the loopback interface; any free one when <paramref name="port"/> is 0.</summary>
    public static async Task<WebApplication> StartAsync(int port, Action<WebApplication> map, CancellationToken cancellationToken)
    {
        // Watching the settings files that it does not have would cost each server one of the user's 128 inotify instances.
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        var app = builder.Build();
        map(app);
        await app.StartAsync(cancellationToken);
        return app;
    }

    /// <summary>Where a started application listens, with a slash at the end.</summary>
    public static Uri AddressOf(WebApplication app) => new(app.Urls.Single() + "/");
}
