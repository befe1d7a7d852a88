using OviFunctions.Embedded.Engine;

namespace OviFunctions.Tests.Embedded.Engine;

public sealed class DeterministicGuidTests
{
    /// <summary>Expected values: Python's uuid.uuid5 with the namespace and "{instance}_{time:o}_{counter}".</summary>
    [Theory]
    [InlineData("job_x", 0, 0, "1aa0c556-7551-5b5e-8171-dd842f0b2569")]
    [InlineData("ü", 1_234_567, 12, "34126800-665c-5355-b4db-9a1002891e10")]
    public void Create_KnownNames_KnownGuids(string instanceId, long ticks, int counter, string expected) =>
        Assert.Equal(Guid.Parse(expected), DeterministicGuid.Create(instanceId, new DateTime(2026, 11, 20, 12, 0, 0, DateTimeKind.Utc).AddTicks(ticks), counter));
}
