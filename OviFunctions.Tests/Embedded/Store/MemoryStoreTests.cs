using OviFunctions.Embedded.Store;

namespace OviFunctions.Tests.Embedded.Store;

public sealed class MemoryStoreTests : InstanceStoreContract
{
    private protected override IInstanceStore Create(Action<CommitPhase>? onCommit) => new MemoryStore(onCommit);
}
