using System.Collections.Concurrent;
using System.Reflection;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Tests.Orchestrations.Embedded;

/// <summary>Stands in front of a store and keeps the history of each instance that completes; the store itself drops it then.</summary>
internal sealed class HistoryRecorder
{
    private readonly ConcurrentDictionary<long, InstanceWork> _loaded = new();
    private readonly ConcurrentDictionary<string, GoldenHistory> _histories = new();

    /// <summary>By instance id.</summary>
    public IEnumerable<GoldenHistory> Histories => _histories.OrderBy(h => h.Key, StringComparer.Ordinal).Select(h => h.Value);

    public IInstanceStore Wrap(IInstanceStore store)
    {
        var proxy = DispatchProxy.Create<IInstanceStore, StoreProxy>();
        ((StoreProxy)proxy).Init(store, this);
        return proxy;
    }

    private async Task<InstanceWork?> KeepAsync(Task<InstanceWork?> load)
    {
        if (await load is not { } work) return null;
        return _loaded[work.Instance.Key] = work;
    }

    private void Keep(EpisodeCommit episode)
    {
        if (episode.End is not ExecutionEnd.Completed end) return;
        var work = _loaded[episode.InstanceKey];
        var payloads = work.Payloads.ToDictionary();
        foreach (var e in work.Inbox.Select(m => m.Event).Where(e => e.PayloadId is not null)) payloads[e.PayloadId!.Value] = e.Payload!;
        _histories[work.Instance.Id] = new GoldenHistory(
            work.Instance.Id, work.Instance.Name, work.Instance.Parent, GoldenHistory.Node(work.Instance.Input),
            [.. work.Turns.Append(episode.Turn).Select(t => GoldenTurn.From(Turn.Unpack(t, payloads)))],
            GoldenHistory.Node(episode.CustomStatus), GoldenHistory.Node(end.Output));
    }

#pragma warning disable CA1852 // The proxy's class is derived from at run time
    private class StoreProxy : DispatchProxy
#pragma warning restore CA1852
    {
        private IInstanceStore? _store;
        private HistoryRecorder? _owner;

        public void Init(IInstanceStore store, HistoryRecorder owner) => (_store, _owner) = (store, owner);

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            if (args is [EpisodeCommit episode]) _owner!.Keep(episode);
            var result = targetMethod!.Invoke(_store, BindingFlags.DoNotWrapExceptions, null, args, null);
            return result is Task<InstanceWork?> load ? _owner!.KeepAsync(load) : result;
        }
    }
}
