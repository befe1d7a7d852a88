using System.Text;

namespace OviFunctions.Bench.Chaos;

/// <summary>
/// Lines of fields between the two processes. A line ends with a mark, so that one that a kill cut off is known and left out.
/// </summary>
internal sealed class Wire(Stream stream) : IDisposable
{
    public const char Separator = '\t';

    /// <summary>The engine runs.</summary>
    public const string Ready = "ready";

    /// <summary>An activity ran: its call, its result, and what the call was made from.</summary>
    public const string Ran = "ran";

    /// <summary>To a request: its number, then the answer.</summary>
    public const string Answer = "answer";

    private const string Mark = "\t.";

    private readonly Lock _gate = new();

    public void Write(params ReadOnlySpan<string> fields)
    {
        var line = Encoding.UTF8.GetBytes(string.Join(Separator, fields) + Mark + "\n");
        lock (_gate)
        {
            stream.Write(line);
            stream.Flush();
        }
    }

    /// <summary>Null: the line is cut off.</summary>
    public static string[]? Read(string line) =>
        line.EndsWith(Mark, StringComparison.Ordinal) ? line[..^Mark.Length].Split(Separator) : null;

    public void Dispose() => stream.Dispose();
}
