using System.Text;

namespace OviFunctions.Embedded.Engine;

/// <summary>
/// How large one piece of data may be that an instance is given, asks for, or returns. For comparison: gRPC, by which the Functions
/// worker and host talk, takes messages of 4 MB unless told otherwise, the Durable Task Scheduler 1 MiB, or 10 MB by way of Blob
/// Storage, Temporal 2 MB and names of 1,000 characters. To change a limit is to change the code of all orchestrators: a call that was
/// over it, or is now, differs in the replay.
/// </summary>
internal static class PayloadLimit
{
    /// <summary>Of a payload: bytes of its JSON as UTF-8.</summary>
    public const int LargestPayload = 4 * 1024 * 1024;

    /// <summary>Of all tags of an instance: bytes as UTF-8.</summary>
    public const int LargestTags = 16 * 1024;

    /// <summary>Of a name of a function or an event, or a version: characters.</summary>
    public const int LongestName = 1000;

    /// <summary>Bytes as UTF-8.</summary>
    public static long SizeOf(params ReadOnlySpan<string?> texts)
    {
        var size = 0L;
        foreach (var text in texts) size += text is null ? 0 : Encoding.UTF8.GetByteCount(text);
        return size;
    }

    /// <summary>Bytes as UTF-8.</summary>
    public static long SizeOf(IEnumerable<KeyValuePair<string, string>> tags) => tags.Sum(tag => SizeOf(tag.Key, tag.Value));

    /// <summary>Why this payload is too large; null: it is not.</summary>
    /// <param name="payload">JSON; null is none.</param>
    /// <param name="what">What it is, as the subject of a sentence.</param>
    public static string? Excess(string? payload, string what) => Excess(SizeOf(payload), LargestPayload, what);

    /// <summary>The payload.</summary>
    /// <exception cref="ArgumentException">It is too large.</exception>
    public static string? Checked(string? payload, string what) => Excess(payload, what) is { } excess
        ? throw new ArgumentException(excess)
        : payload;

    /// <summary>Why this name, of <paramref name="what"/>, is too long; null: it is not.</summary>
    public static string? ExcessOfName(string? name, string what) => !(name?.Length > LongestName) ? null
        : $"The name of {what} has {name.Length} characters, at most {LongestName} are allowed.";

    /// <exception cref="ArgumentException">The name is too long.</exception>
    public static void ThrowIfTooLong(string? name, string what)
    {
        if (ExcessOfName(name, what) is { } excess) throw new ArgumentException(excess, nameof(name));
    }

    /// <exception cref="ArgumentException">They are too large together.</exception>
    public static void ThrowIfTooLarge(IEnumerable<KeyValuePair<string, string>>? tags)
    {
        if (tags is not null && Excess(SizeOf(tags), LargestTags, "The set of tags") is { } excess)
            throw new ArgumentException(excess, nameof(tags));
    }

    private static string? Excess(long size, long limit, string what) => size <= limit ? null
        : $"{what} has {size} bytes, at most {limit} are allowed. Put large data into Blob Storage and pass a reference to it.";
}
