namespace OviFunctions.Tests.DevStack.Support;

/// <summary>Tests that run the whole program, each with a stack of its own: one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class ProgramGroup
{
    public const string Name = "Stack program";
}
