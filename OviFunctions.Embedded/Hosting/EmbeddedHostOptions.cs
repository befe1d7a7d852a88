using System.Reflection;

namespace OviFunctions.Embedded.Hosting;

/// <summary>What can be chosen about the embedded host; bound from the configuration section <see cref="Section"/>.</summary>
public sealed class EmbeddedHostOptions
{
    public const string Section = "EmbeddedHost";

    /// <summary>Where the functions are; null is the entry assembly.</summary>
    public Assembly? FunctionAssembly { get; set; }

    /// <summary>The largest request body in bytes, null for no limit. The default is that of the Functions host: 100 MB.</summary>
    public long? MaxRequestBodySize { get; set; } = 104_857_600;

    /// <summary>
    /// The engine's SQLite file, relative to the content root; null is <c>.data/{hubName}.db</c>. <c>:memory:</c> keeps
    /// everything in memory.
    /// </summary>
    public string? DatabasePath { get; set; }

    /// <summary>
    /// Starts nothing new (HTTP functions that try get a 503, timers stay still), finishes what runs, and ends the host then.
    /// On the command line: <c>--drain</c>.
    /// </summary>
    public bool Drain { get; set; }

    /// <summary>
    /// False, for a program of its own: what keeps the host from starting is written to standard error, a line each, and
    /// the process ends with exit code 1. True, for tests and for programs with more than this host: it is thrown.
    /// </summary>
    public bool ThrowOnStartFailure { get; set; }

    /// <summary>The classes to look at instead of a whole assembly.</summary>
    internal IReadOnlyCollection<Type>? FunctionTypes { get; set; }
}
