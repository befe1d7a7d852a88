namespace OviFunctions.Embedded.Store;

/// <summary>No new orchestration is taken at the moment, because too much waits or the storage fails. Nothing was written.</summary>
internal sealed class IntakeRefusedException(string message) : IOException(message);
