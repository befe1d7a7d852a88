namespace OviFunctions.Tests.Support;

/// <summary>As <see cref="FactWithAttribute"/>, for a test with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TheoryWithAttribute : TheoryAttribute
{
    public TheoryWithAttribute(params string[] programs) => Skip = new FactWithAttribute(programs).Skip;
}
