using System.Globalization;

namespace OviFunctions.DevStack.CommandLine;

/// <summary>
/// Tells what happens, a line for each step with when it ended and how long it took. Plain text without control
/// characters, so it reads the same in a terminal, in a file and in a CI log.
/// </summary>
internal sealed class Timeline(TextWriter output, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly long _started = time.GetTimestamp();

    /// <summary>A timeline that nobody reads.</summary>
    public static Timeline Silent(TimeProvider time) => new(TextWriter.Null, time);

    /// <summary>Does a step; <paramref name="describe"/> puts its outcome into words. A step that throws leaves no line.</summary>
    public async Task<T> StepAsync<T>(Func<Task<T>> work, Func<T, string> describe)
    {
        var started = time.GetTimestamp();
        var result = await work();
        Write(describe(result), time.GetElapsedTime(started));
        return result;
    }

    /// <inheritdoc cref="StepAsync{T}"/>
    public Task StepAsync(Func<Task> work, string description) => StepAsync(
        async () =>
        {
            await work();
            return description;
        },
        text => text);

    /// <summary>Something that happened at this moment.</summary>
    public void Note(string text) => Write(text, duration: null);

    /// <summary>Something that ended at this moment and was timed by somebody else.</summary>
    public void Note(string text, TimeSpan duration) => Write(text, duration);

    /// <summary>Lines that belong to no moment: a result, a help.</summary>
    public void Print(string text)
    {
        lock (_gate) output.WriteLine(text);
    }

    private void Write(string text, TimeSpan? duration)
    {
        var at = Seconds(time.GetElapsedTime(_started)).PadLeft(7);
        Print(duration is { } took ? $"{at}  {text} ({Seconds(took)})" : $"{at}  {text}");
    }

    private static string Seconds(TimeSpan duration) => duration.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + " s";
}
