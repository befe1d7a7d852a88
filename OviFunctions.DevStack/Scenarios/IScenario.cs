namespace OviFunctions.DevStack.Scenarios;

/// <summary>A situation that people ask about, played with real parts.</summary>
internal interface IScenario
{
    /// <summary>For <c>--scenario</c>.</summary>
    string Name { get; }

    /// <summary>A line of the help.</summary>
    string Summary { get; }

    /// <summary>Plays it and says in one plain sentence what happened.</summary>
    /// <exception cref="StackException">It did not go as it should; says what was seen.</exception>
    Task<string> RunAsync(ScenarioWorld world, CancellationToken cancellationToken);
}
