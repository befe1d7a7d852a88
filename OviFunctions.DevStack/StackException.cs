namespace OviFunctions.DevStack;

/// <summary>
/// The stack cannot go on for a reason that the person at the keyboard can mend. The message says what was found,
/// what is needed and what to do; it is shown without a stack trace.
/// </summary>
internal sealed class StackException(string message, Exception? cause = null) : Exception(message, cause);
