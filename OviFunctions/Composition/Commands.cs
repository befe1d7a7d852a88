using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using OviFunctions.Hosting;

namespace OviFunctions.Composition;

/// <summary>What the executable does when its first argument is a command.</summary>
internal static class Commands
{
    private const int KeyBytes = 32;

    /// <returns>The exit code; null when there is no command and the gateway should start.</returns>
    public static async Task<int?> TryRunAsync(string[] args, IConfiguration configuration, IHostEnvironment environment) => args.FirstOrDefault() switch
    {
        "check" => await SettingsCheck.RunAsync(configuration, Console.Out, CancellationToken.None),
        "new-api-key" => PrintApiKey(),
        "new-server-key" => PrintServerKey(),
        null => null,
        // The host's own arguments are options (--urls) and settings (Key=value).
        var argument when argument.StartsWith('-') || argument.Contains('=') => null,
        var other => await HostCommands.TryRunAsync(args, configuration, environment) ?? Refuse(other),
    };

    private static int Refuse(string command)
    {
        var commands = string.Join(", ", ["check", "new-api-key", "new-server-key", .. HostCommands.Names]);
        Console.Error.WriteLine($"{command} is not a command. There are: {commands}; without one the gateway starts.");
        return 2;
    }

    private static int PrintApiKey()
    {
        var key = "ovi_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeyBytes));
        Console.WriteLine($"""
            For the buyer, shown only now:   {key}
            For the settings, ApiKeys:0:Sha256: {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))}
            """);
        return 0;
    }

    private static int PrintServerKey()
    {
        Console.WriteLine(Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes)));
        return 0;
    }
}
