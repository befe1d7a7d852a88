using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.DevStack.Support;

/// <summary>
/// Tests that run the whole program, each with a stack of its own: one after the other. The packages are there before; a first
/// download may take longer than a test waits.
/// </summary>
[CollectionDefinition(Name)]
public sealed class ProgramGroup : ICollectionFixture<PeersFixture>
{
    public const string Name = "Stack program";
}
