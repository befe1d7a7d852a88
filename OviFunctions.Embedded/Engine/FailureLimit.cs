using Microsoft.DurableTask;

namespace OviFunctions.Embedded.Engine;

/// <summary>
/// Exceptions as they are recorded. Messages can be megabytes long, chains of causes longer than JSON may be deep, and both are an app's
/// code, which may throw itself: whatever was thrown, there is a failure to record.
/// </summary>
internal static class FailureLimit
{
    /// <summary>Characters of a message, and of a stack trace, with the mark that it was cut.</summary>
    public const int LongestText = 8 * 1024;

    /// <summary>An exception and its causes; the causes of the last are left out.</summary>
    public const int LongestChain = 10;

    public static TaskFailureDetails Record(Exception exception) => Record(exception, LongestChain);

    private static TaskFailureDetails Record(Exception exception, int places) => new(
        Cut(exception.GetType().ToString()),
        Cut(Read(() => exception.Message) ?? ""),
        Cut(Read(() => exception.StackTrace)),
        places == 1 ? null
            : exception is TaskFailedException failed ? Record(failed.FailureDetails, places - 1)
            : exception.InnerException is { } cause ? Record(cause, places - 1) : null,
        null);

    /// <summary>These came from a store, or were made by an orchestrator's code.</summary>
    private static TaskFailureDetails Record(TaskFailureDetails details, int places) => new(
        Cut(details.ErrorType),
        Cut(details.ErrorMessage),
        Cut(details.StackTrace),
        places == 1 || details.InnerFailure is not { } cause ? null : Record(cause, places - 1),
        null);

    private static string? Read(Func<string?> property)
    {
        try
        {
            return property();
        }
        catch (Exception e)
        {
            return $"(cannot be read: {e.GetType()})";
        }
    }

    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(text))]
    private static string? Cut(string? text)
    {
        if (text is null || text.Length <= LongestText) return text;
        var mark = $"... [cut, {text.Length} characters]";
        var kept = LongestText - mark.Length;
        return string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[kept - 1]) ? kept - 1 : kept), mark);
    }
}
