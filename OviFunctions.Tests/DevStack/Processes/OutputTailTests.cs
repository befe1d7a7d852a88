using OviFunctions.DevStack.Processes;

namespace OviFunctions.Tests.DevStack.Processes;

public sealed class OutputTailTests
{
    [Fact]
    public void Add_MoreThanTheCapacity_KeepsTheNewest()
    {
        var tail = new OutputTail(2);
        foreach (var line in new[] { "a", "b", "c" }) tail.Add(line);

        Assert.Equal(["b", "c"], tail.Last());
        Assert.Equal(["c"], tail.Last(1));
    }

    [Fact]
    public void Add_AVeryLongLine_IsCut()
    {
        var tail = new OutputTail(1);
        tail.Add(new string('x', 1_000_000));

        Assert.True(tail.Last()[0].Length < 3000);
    }
}
