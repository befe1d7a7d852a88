using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using OviFunctions.Embedded.Hosting.Operator;

namespace OviFunctions.Hosting;

/// <summary>The commands that the host brings along.</summary>
internal static class HostCommands
{
    public static IReadOnlyList<string> Names => [InstancesCommand.Name];

    /// <returns>The exit code; null when it is no command of the host.</returns>
    public static async Task<int?> TryRunAsync(string[] args, IConfiguration configuration, IHostEnvironment environment) =>
        args is [InstancesCommand.Name, .. var words]
            ? await InstancesCommand.RunAsync(words, configuration, environment.ContentRootPath, Console.Out, Console.Error, TimeProvider.System)
            : null;
}
