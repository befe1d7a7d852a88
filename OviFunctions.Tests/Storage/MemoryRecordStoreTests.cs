using OviFunctions.Storage;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Storage;

public sealed class MemoryRecordStoreTests : RecordStoreContract
{
    protected override IRecordStore Store { get; } = new MemoryRecordStore();
}
