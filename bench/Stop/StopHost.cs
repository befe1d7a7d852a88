using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Hosting.Configuration;

namespace OviFunctions.Bench.Stop;

/// <summary>The embedded host as a program of its own, which tests tell to stop; what it finds under way is <see cref="StopFunctions"/>.</summary>
internal static class StopHost
{
    /// <summary>The life in which no activity ends by itself.</summary>
    public const string First = "first";

    /// <summary>The database, in the folder.</summary>
    public const string Database = "engine.db";

    /// <summary>Shorter than usual, because a test waits for it.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    /// <param name="folder">With a host.json.</param>
    /// <param name="life"><see cref="First"/> or a later one.</param>
    public static async Task<int> RunAsync(string folder, string life)
    {
        var builder = FunctionsApplication.CreateBuilder(
            ["--contentRoot", folder, "--urls", "http://127.0.0.1:0", $"--EmbeddedHost:DatabasePath={Database}"]);
        builder.ConfigureFunctionsWebApplication();
        builder.Services.AddSingleton(new Life(life == First, folder));
        builder.Services.AddSingleton(services => new EngineOptions
        {
            DatabasePath = services.GetRequiredService<DatabaseLocation>().Path,
            ShutdownGrace = Grace,
        });
        await builder.Build().RunAsync();
        return Environment.ExitCode;
    }
}

/// <summary>Which start of the program this is.</summary>
internal sealed record Life(bool IsFirst, string Folder);
