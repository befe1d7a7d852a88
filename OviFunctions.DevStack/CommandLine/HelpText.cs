using OviFunctions.DevStack.Processes;
using OviFunctions.DevStack.Scenarios;

namespace OviFunctions.DevStack.CommandLine;

/// <summary>What <c>--help</c> prints.</summary>
internal static class HelpText
{
    public static string Compose(IReadOnlyList<IScenario> scenarios) => $"""
        The whole of OviFunctions on this machine: the gateway and what it talks to, and one paid job through it.

          dotnet run --project OviFunctions.DevStack [-- OPTIONS]

          (no option)              run one paid job, show it, stay up until Ctrl-C
          --once                   end after the job: exit code 0 when it was delivered, 1 when not
          --scenario NAME          run a scenario instead:
        {Lines(scenarios.Select(scenario => (scenario.Name, scenario.Summary)))}
          --peers-only             start everything but the gateway and print the settings for it
          --no-chain               without the local chain; the job is paid with an API key
          --provider NAME          one more simulated provider of OVI: wavespeed, the cheapest, or segmind (repeatable)
          --port NAME=NUMBER       move a port (repeatable):
        {Lines(PortName.All.Select(port => (port.Name, $"{port.Default,5}  {port.Owner}")))}
          --data FOLDER            keep data and logs there; otherwise a temporary folder that goes at the end
          --install                install the npm packages and end; every other way does so too at its first run
          --help                   this text

        Needs the .NET 10 SDK and Node.js 20 or newer. Everything listens on 127.0.0.1 only.
        """;

    private static string Lines(IEnumerable<(string Name, string Text)> rows) =>
        string.Join(Environment.NewLine, rows.Select(row => $"      {row.Name,-20} {row.Text}"));
}
