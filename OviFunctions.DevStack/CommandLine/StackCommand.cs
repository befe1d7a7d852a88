using System.Globalization;
using OviFunctions.DevStack.Processes;

namespace OviFunctions.DevStack.CommandLine;

/// <summary>What the command line asks for.</summary>
internal sealed record StackCommand
{
    private static readonly IReadOnlyList<string> ProviderNames = [.. Enum.GetNames<MoreProvider>().Select(name => name.ToLowerInvariant())];

    /// <summary>Shows the help and does nothing.</summary>
    public bool Help { get; init; }

    /// <summary>Installs the npm packages and ends.</summary>
    public bool Install { get; init; }

    /// <summary>Ends after the job instead of staying up.</summary>
    public bool Once { get; init; }

    /// <summary>Starts everything but the gateway.</summary>
    public bool PeersOnly { get; init; }

    /// <summary>Runs without the chain; the job is paid with an API key.</summary>
    public bool NoChain { get; init; }

    /// <summary>Providers of OVI besides fal.</summary>
    public IReadOnlySet<MoreProvider> MoreProviders { get; init; } = new HashSet<MoreProvider>();

    /// <summary>The scenario to run instead of the demo.</summary>
    public string? Scenario { get; init; }

    /// <summary>Keeps data and logs there instead of in a temporary folder.</summary>
    public string? DataFolder { get; init; }

    /// <summary>Ports that were moved.</summary>
    public IReadOnlyDictionary<PortName, int> Ports { get; init; } = new Dictionary<PortName, int>();

    /// <summary>Reads the arguments.</summary>
    /// <param name="scenarios">The names that <c>--scenario</c> takes.</param>
    /// <returns>The command, or what is wrong with the arguments and what would be right.</returns>
    public static (StackCommand? Command, string? Error) Parse(IReadOnlyList<string> arguments, IReadOnlyList<string> scenarios)
    {
        var command = new StackCommand();
        var rest = new Queue<string>(arguments);
        while (rest.TryDequeue(out var argument))
        {
            switch (argument)
            {
                case "--help" or "-h" or "-?":
                    command = command with { Help = true };
                    break;
                case "--install":
                    command = command with { Install = true };
                    break;
                case "--once":
                    command = command with { Once = true };
                    break;
                case "--peers-only":
                    command = command with { PeersOnly = true };
                    break;
                case "--no-chain":
                    command = command with { NoChain = true };
                    break;
                case "--provider" when rest.TryDequeue(out var wanted) && ReadProvider(wanted) is { } provider:
                    command = command with { MoreProviders = new HashSet<MoreProvider>(command.MoreProviders) { provider } };
                    break;
                case "--provider":
                    return (null, $"--provider takes one of: {string.Join(", ", ProviderNames)}.");
                case "--scenario" when rest.TryDequeue(out var name) && scenarios.Contains(name):
                    command = command with { Scenario = name };
                    break;
                case "--scenario":
                    return (null, $"--scenario takes one of: {string.Join(", ", scenarios)}.");
                case "--data" when rest.TryDequeue(out var folder):
                    command = command with { DataFolder = Path.GetFullPath(folder) };
                    break;
                case "--data":
                    return (null, "--data takes a folder.");
                case "--port" when rest.TryDequeue(out var port) && ReadPort(port) is var (owner, number):
                    command = command with { Ports = new Dictionary<PortName, int>(command.Ports) { [owner] = number } };
                    break;
                case "--port":
                    return (null, $"--port takes name=number with a number from 1 to 65535 and one of these names: {string.Join(", ", PortName.All.Select(known => known.Name))}.");
                default:
                    return (null, $"{argument} is not an option; --help shows them.");
            }
        }
        return Conflict(command) is { } conflict ? (null, conflict) : (command, null);
    }

    private static string? Conflict(StackCommand command) => command switch
    {
        { Install: true } when command.MoreProviders.Count > 0
            || command != new StackCommand { Install = true, Ports = command.Ports, MoreProviders = command.MoreProviders } =>
            "--install only installs the npm packages; leave out the other options.",
        { PeersOnly: true, Once: true } => "--peers-only stays up and runs no job; leave out --once.",
        { PeersOnly: true, Scenario: not null } => "--peers-only runs no scenario; leave out one of the two.",
        { NoChain: true, Scenario: not null } => "The scenarios show the buyer's money on the chain; leave out --no-chain.",
        _ => null,
    };

    private static MoreProvider? ReadProvider(string name) =>
        ProviderNames.Contains(name) ? Enum.Parse<MoreProvider>(name, ignoreCase: true) : null;

    private static (PortName Owner, int Number)? ReadPort(string text)
    {
        if (text.Split('=') is not [var name, var digits]) return null;
        if (PortName.All.FirstOrDefault(known => known.Name == name) is not { } owner) return null;
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 65535 ? (owner, number) : null;
    }
}

/// <summary>What <c>--provider</c> takes.</summary>
internal enum MoreProvider
{
    WaveSpeed,
    Segmind,
}
