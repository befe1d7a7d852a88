using OviFunctions.Embedded.Engine;

namespace OviFunctions.Tests.Embedded.Engine;

public sealed class InstanceSignalsTests
{
    private readonly InstanceSignals _signals = new();

    [Fact]
    public void Changed_EveryWaiterOfTheInstance_IsToldAndNoOther()
    {
        var (first, second, other) = (_signals.NextChange("a"), _signals.NextChange("a"), _signals.NextChange("b"));

        _signals.Changed("a");

        Assert.Equal((true, true, false), (first.Task.IsCompleted, second.Task.IsCompleted, other.Task.IsCompleted));
        Assert.Equal(1, _signals.Count);
        _signals.AllChanged();
        Assert.True(other.Task.IsCompleted);
    }

    [Fact]
    public void Forget_NothingIsKeptForInstancesThatNobodyWaitsFor()
    {
        var (stays, leaves) = (_signals.NextChange("a"), _signals.NextChange("a"));

        _signals.Forget("a", leaves);
        Assert.Equal(1, _signals.Count);
        _signals.Changed("a");
        Assert.True(stays.Task.IsCompleted);
        _signals.Forget("a", stays);

        Assert.Equal(0, _signals.Count);
    }
}
