using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace OviFunctions.Hosting;

/// <summary>The commands that the host brings along: on Azure none, its own tools look at instances.</summary>
internal static class HostCommands
{
    public static IReadOnlyList<string> Names => [];

    /// <returns>The exit code; null when it is no command of the host.</returns>
    public static Task<int?> TryRunAsync(string[] args, IConfiguration configuration, IHostEnvironment environment) => Task.FromResult<int?>(null);
}
