using OviFunctions.Embedded.Engine;

namespace OviFunctions.Embedded.Store;

/// <summary>
/// Takes no more out of a store than may be in memory for one reader: the stores hand over their rows one by one. For comparison:
/// Temporal ends a workflow whose history is over 50 MB.
/// </summary>
internal static class InstanceLoad
{
    /// <summary>Of the turns of an execution and their payloads: bytes, texts as UTF-8.</summary>
    public const long LargestHistory = 64 * 1024 * 1024;

    /// <summary>Of the messages of one episode: bytes after which no further is taken.</summary>
    public const long LargestInbox = 8 * 1024 * 1024;

    /// <summary>Of the payloads on a page of instances: bytes after which no further instance is listed.</summary>
    public const long LargestPage = 16 * 1024 * 1024;

    /// <summary>A page of instances, shorter than asked for if it would be too large.</summary>
    public static IReadOnlyList<InstanceRecord> Page(IEnumerable<InstanceRecord> instances)
    {
        var (page, size) = (new List<InstanceRecord>(), 0L);
        foreach (var instance in instances)
        {
            page.Add(instance);
            size += PayloadLimit.SizeOf(instance.Input, instance.Output, instance.CustomStatus);
            if (size >= LargestPage) break;
        }

        return page;
    }

    /// <summary>What an episode starts from.</summary>
    /// <param name="instance">The instance, with its input.</param>
    /// <param name="turns">The packed turns of its execution, in order.</param>
    /// <param name="payloads">Its payloads, without those of its input and of messages.</param>
    /// <param name="inbox">Its messages in order of arrival; of very many the first, one more than a page at least.</param>
    /// <param name="timers">Its open timers.</param>
    public static InstanceWork Read(
        InstanceRecord instance,
        IEnumerable<byte[]> turns,
        IEnumerable<KeyValuePair<long, string>> payloads,
        IEnumerable<InboxMessage> inbox,
        IEnumerable<TimerRecord> timers)
    {
        var work = new InstanceWork(instance, [], new Dictionary<long, string>(), [], []);
        if (instance.Status.IsFinished()) return work;
        var (history, data) = (new List<byte[]>(), new Dictionary<long, string>());
        var size = 0L;
        foreach (var turn in turns)
        {
            if ((size += turn.Length) > LargestHistory) return work with { IsTooLarge = true };
            history.Add(turn);
        }

        foreach (var (id, payload) in payloads)
        {
            if ((size += PayloadLimit.SizeOf(payload)) > LargestHistory) return work with { IsTooLarge = true };
            data.Add(id, payload);
        }

        var messages = Page(inbox, out var hasMore);
        return new(instance, history, data, messages, [.. timers]) { HasMoreMessages = hasMore };
    }

    private static List<InboxMessage> Page(IEnumerable<InboxMessage> inbox, out bool hasMore)
    {
        var (page, size) = (new List<InboxMessage>(), 0L);
        foreach (var message in inbox)
        {
            hasMore = page.Count == InstanceStore.PageLimit || size >= LargestInbox;
            if (hasMore) return page;
            page.Add(message);
            size += message.Event.Size;
        }

        hasMore = false;
        return page;
    }
}
