using System.Text.Json;

namespace OviFunctions.DevStack.Scenarios;

/// <summary>A situation that people ask about, played with real parts.</summary>
internal interface IScenario
{
    /// <summary>For <c>--scenario</c>.</summary>
    string Name { get; }

    /// <summary>A line of the help.</summary>
    string Summary { get; }

    /// <summary>Plays it and makes sure that what it says is what happened.</summary>
    /// <exception cref="StackException">It did not go as it should; says what was seen.</exception>
    Task<ScenarioEnd> RunAsync(ScenarioWorld world, CancellationToken cancellationToken);
}

/// <summary>How a scenario ended.</summary>
/// <param name="Sentence">What happened, in one plain sentence.</param>
/// <param name="Job">The one job that was bought, as the gateway showed it at its end.</param>
internal sealed record ScenarioEnd(string Sentence, JsonElement Job);
