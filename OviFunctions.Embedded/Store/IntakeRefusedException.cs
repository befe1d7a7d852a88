namespace OviFunctions.Embedded.Store;

/// <summary>No new orchestration is taken at the moment, because too much waits or nothing can be recorded. Nothing was written.</summary>
internal sealed class IntakeRefusedException(string message) : IOException(message);
