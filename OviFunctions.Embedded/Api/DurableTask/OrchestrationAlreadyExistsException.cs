namespace DurableTask.Core.Exceptions;

/// <summary>A start was refused: an instance with this id exists in a status that the start's dedupe statuses name.</summary>
public class OrchestrationAlreadyExistsException : InvalidOperationException
{
    public OrchestrationAlreadyExistsException() { }

    public OrchestrationAlreadyExistsException(string message) : base(message) { }

    public OrchestrationAlreadyExistsException(string message, Exception innerException) : base(message, innerException) { }
}
