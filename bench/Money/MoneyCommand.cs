using OviFunctions.DevStack;
using OviFunctions.DevStack.CommandLine;
using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Processes;

namespace OviFunctions.Bench.Money;

/// <summary>The command line of the money test.</summary>
internal static class MoneyCommand
{
    /// <returns>0: all money is where it should be; 1: some is not; 2: the command line is wrong.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> options, TextWriter output, TextWriter errors)
    {
        var numbers = new Dictionary<string, NumberOption> { ["--money"] = new(500), ["--seed"] = NumberOption.Seed() };
        if (!await NumberOptions.ReadAsync(options, numbers, errors)) return 2;
        Loopback.ExemptFromProxies();
        output = TextWriter.Synchronized(output);
        var time = TimeProvider.System;
        var parts = new StackOptions { Ports = Ports.Ephemeral() };
        await using var stack = await DeveloperStack.StartAsync(parts, Timeline.Silent(time), time, CancellationToken.None);
        var violations = await new MoneyRun(stack, numbers.Int("--money"), numbers["--seed"].Value, output).RunAsync(CancellationToken.None);
        return violations.Count == 0 ? 0 : 1;
    }
}
