namespace OviFunctions.Hosting;

/// <summary>What an exception of the Durable Task client means. Each host has its own exceptions, and one class that maps them.</summary>
internal enum EngineError
{
    /// <summary>Anything else: trouble, not an answer.</summary>
    Other,

    /// <summary>An instance of that id exists.</summary>
    Exists,

    /// <summary>There is no instance of that id.</summary>
    Unknown,

    /// <summary>The instance is finished.</summary>
    Finished,
}
