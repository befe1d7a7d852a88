using OviFunctions.DevStack.CommandLine;
using OviFunctions.DevStack.Demo;
using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Processes;
using OviFunctions.DevStack.Scenarios;
using OviFunctions.DevStack.Simulators.Fal;
using OviFunctions.DevStack.Simulators.OpenAiVideos;

namespace OviFunctions.DevStack;

/// <summary>The program: reads the command line, starts the stack, runs what was asked for.</summary>
/// <param name="output">Gets the timeline and the results.</param>
/// <param name="errors">Gets what went wrong, in words for the person at the keyboard.</param>
internal sealed class StackProgram(TextWriter output, TextWriter errors, TimeProvider time)
{
    /// <summary>Providers that one can watch at work, and need not wait for.</summary>
    private static readonly FalSimulatorOptions Brisk = new() { ProcessingTime = TimeSpan.FromSeconds(1.5) };

    /// <param name="arguments">The command line.</param>
    /// <param name="ending">Set by Ctrl-C.</param>
    /// <returns>0 when all went well, 1 when it did not, 2 when the command line is wrong.</returns>
    public async Task<int> RunAsync(string[] arguments, CancellationToken ending)
    {
        var (command, error) = StackCommand.Parse(arguments, [.. ScenarioRunner.All.Select(scenario => scenario.Name)]);
        if (command is null)
        {
            await errors.WriteLineAsync(error);
            return 2;
        }
        if (command.Help)
        {
            await output.WriteLineAsync(HelpText.Compose(ScenarioRunner.All));
            return 0;
        }

        try
        {
            await RunAsync(command, new Timeline(output, time), ending);
            return 0;
        }
        // Ctrl-C reaches every part at the same moment as us, so what fails then is no news, whatever it is.
        catch (Exception) when (ending.IsCancellationRequested)
        {
            await errors.WriteLineAsync("Ended before it was done.");
            return 1;
        }
        catch (Exception e) when (e is StackException or HttpRequestException or IOException or UnauthorizedAccessException)
        {
            await errors.WriteLineAsync(e.Message);
            return 1;
        }
    }

    private async Task RunAsync(StackCommand command, Timeline timeline, CancellationToken ending)
    {
        if (command.Install)
        {
            await DeveloperStack.InstallAsync(timeline, time, ending);
            return;
        }

        var options = OptionsOf(command);
        await using var stack = await DeveloperStack.StartAsync(options, timeline, time, ending);
        if (command.PeersOnly)
        {
            timeline.Print($"""

                Everything but the gateway is up. Put this into local.settings.json, next to host.json:

                {GatewaySettings.ToLocalSettings(stack.Endpoints, options.Ports[PortName.Gateway])}
                """);
            await StayAsync(timeline, ending);
        }
        else if (command.Scenario is { } name)
        {
            await ScenarioRunner.RunAsync(ScenarioRunner.All.Single(scenario => scenario.Name == name), stack, timeline, ending);
        }
        else
        {
            await using var gateway = await timeline.StepAsync(
                () => stack.StartGatewayAsync(new GatewayOptions(stack.Endpoints), ending), started => $"Gateway on {started.Url}");
            await new PaidJobDemo(stack, timeline).RunAsync(gateway, ending);
            if (command.Once) timeline.Print($"{Environment.NewLine}The links work while the stack is up; without --once it stays up.");
            else await StayAsync(timeline, ending);
        }
    }

    private static StackOptions OptionsOf(StackCommand command)
    {
        var options = new StackOptions
        {
            Ports = Ports.Usual(command.Ports),
            Chain = !command.NoChain,
            Gateway = !command.PeersOnly,
            DataFolder = command.DataFolder,
            Fal = Brisk,
            SecondFal = Brisk,
            Videos = new OpenAiVideosSimulatorOptions { ProcessingTime = Brisk.ProcessingTime },
            WaveSpeed = command.MoreProviders.Contains(MoreProvider.WaveSpeed) ? new() { ProcessingTime = Brisk.ProcessingTime } : null,
            Segmind = command.MoreProviders.Contains(MoreProvider.Segmind) ? new() { ProcessingTime = Brisk.ProcessingTime } : null,
        };
        // The demo shows a hedge; a scenario shows one thing at a time.
        var isDemo = command is { PeersOnly: false, Scenario: null };
        return isDemo ? options with { Fal = PaidJobDemo.SlowFal, HedgeDelay = PaidJobDemo.HedgeDelay } : options;
    }

    private async Task StayAsync(Timeline timeline, CancellationToken ending)
    {
        timeline.Print($"{Environment.NewLine}Ctrl-C ends it all.");
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, time, ending);
        }
        catch (OperationCanceledException)
        {
            timeline.Print("Ending.");
        }
    }
}
