using System.Collections.Immutable;
using OviFunctions.Embedded.Engine;

namespace OviFunctions.Tests.Embedded.Engine;

public sealed class TurnActionsTests
{
    private readonly TurnActions _turn = new();

    [Fact]
    public void Add_CallsUpToTheBound_Pass()
    {
        for (var i = 0; i < TurnActions.MostCalls; i++) _turn.Add(new OrchestratorAction.CallActivity(i, "Work", null));
        _turn.ThrowIfFull();
        Assert.Equal(TurnActions.MostCalls, _turn.All.Count);

        AssertFull(() => _turn.Add(new OrchestratorAction.CreateTimer(TurnActions.MostCalls, default)));
    }

    [Fact]
    public void Add_TenThousandSubOrchestrations_Pass()
    {
        for (var i = 0; i < 10_000; i++) _turn.Add(Child());
        _turn.ThrowIfFull();

        AssertFull(() => _turn.Add(Child()));
    }

    [Fact]
    public void Add_BytesUpToTheBound_Pass()
    {
        var input = new string('x', (int)TurnActions.MostBytes - "Work".Length - 2);
        _turn.Add(new OrchestratorAction.CallActivity(0, "Work", input));
        _turn.Add(new OrchestratorAction.SendEvent(1, "a", "b", null));
        _turn.ThrowIfFull();

        AssertFull(() => _turn.Count(bytes: 1));
        Assert.Equal(2, _turn.All.Count);
    }

    private static OrchestratorAction.CallSubOrchestrator Child() =>
        new(0, "Flow", "a", null, ImmutableDictionary<string, string>.Empty, null);

    /// <summary>Once full, it stays so.</summary>
    private void AssertFull(Action add)
    {
        Assert.Throws<InvalidOperationException>(add);
        Assert.Throws<InvalidOperationException>(_turn.ThrowIfFull);
    }
}
