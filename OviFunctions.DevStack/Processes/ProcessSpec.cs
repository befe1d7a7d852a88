namespace OviFunctions.DevStack.Processes;

/// <summary>How to start a process.</summary>
/// <param name="Name">What people call it, for messages: <c>Azurite</c>.</param>
/// <param name="Command">The executable, as a path or a name on the PATH.</param>
/// <param name="Arguments">The arguments, unquoted.</param>
internal sealed record ProcessSpec(string Name, string Command, IReadOnlyList<string> Arguments)
{
    /// <summary>Variables added to our own environment; null removes one.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    public string? WorkingDirectory { get; init; }

    /// <summary>A file that gets every line of output, appended.</summary>
    public string? LogFile { get; init; }

    /// <summary>Sees every line of output as it comes, from the thread that reads it.</summary>
    public Action<string>? OnOutput { get; init; }
}
