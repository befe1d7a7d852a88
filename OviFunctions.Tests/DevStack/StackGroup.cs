using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.DevStack;

/// <summary>Tests of the stack's own parts, against the shared stack.</summary>
[CollectionDefinition(Name)]
public sealed class StackGroup : ICollectionFixture<StackFixture>
{
    public const string Name = "Stack parts";
}
