namespace OviFunctions.DevStack.Processes;

/// <summary>The last lines that a process wrote; older ones are forgotten.</summary>
internal sealed class OutputTail(int capacity)
{
    private const int LongestLine = 2000;
    private readonly Lock _gate = new();
    private readonly Queue<string> _lines = new();

    public void Add(string line)
    {
        lock (_gate)
        {
            if (_lines.Count == capacity) _lines.Dequeue();
            _lines.Enqueue(line.Length > LongestLine ? string.Concat(line.AsSpan(0, LongestLine), "…") : line);
        }
    }

    /// <summary>The newest <paramref name="count"/> lines, oldest first.</summary>
    public IReadOnlyList<string> Last(int count = int.MaxValue)
    {
        lock (_gate) return [.. _lines.TakeLast(count)];
    }
}
