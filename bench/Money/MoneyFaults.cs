using Microsoft.AspNetCore.Http;
using OviFunctions.DevStack.Faults;

namespace OviFunctions.Bench.Money;

/// <summary>Brings about what goes wrong with one order, at the moment of its case.</summary>
internal sealed class MoneyFaults : IDisposable
{
    /// <summary>After so many tries the money may go: a facilitator that lied to another order is not asked again.</summary>
    private const int MostHeldBack = 2;

    private readonly MoneyCase _case;
    private readonly MoneyOrder _order;
    private readonly MoneyPeers _peers;
    private readonly List<(FaultProxy Proxy, FaultRule Rule)> _rules = [];
    private readonly TimeSpan _delay;
    private readonly int _times;
    private readonly FaultAction _noAnswer;
    private int _hits;
    private int _moves;
    private int _held;

    /// <summary>The rolls of the dice do not depend on how fast anything is.</summary>
    public MoneyFaults(MoneyCase it, MoneyOrder order, MoneyPeers peers, Dice dice)
    {
        (_case, _order, _peers) = (it, order, peers);
        _delay = dice.Roll(0, 1) == 0 ? TimeSpan.FromSeconds(0.3) : MoneyWorld.FacilitatorTimeout * 1.3;
        _noAnswer = Forgeries.NoAnswer(dice);
        // One is healed by what repeats by itself; many are not.
        _times = dice.Roll(0, 1) == 0 ? 1 : it.Place == Place.FacilitatorChain ? 6 : 2;
        // A liar is the one that is asked first; the other one is honest.
        IsEverywhere = dice.Roll(0, 1) == 0 && it.Fault is not (MoneyFault.Lie or MoneyFault.WrongHash);
        Arm();
    }

    /// <summary>How often it went wrong.</summary>
    public int Hits => Math.Min(Volatile.Read(ref _hits), _times);

    /// <summary>Whether both facilitators have it.</summary>
    private bool IsEverywhere { get; }

    public void Dispose()
    {
        foreach (var (proxy, rule) in _rules) proxy.Off(rule);
    }

    private void Arm()
    {
        foreach (var proxy in _peers.Proxies) Add(proxy, FaultStage.BeforePeer, request => { _order.Witness(request); return false; }, Fault.Drop);
        var facilitators = IsEverywhere ? _peers.Facilitators : [_peers.Facilitators[0]];
        switch (_case.Place)
        {
            case Place.GatewayFacilitator:
                foreach (var facilitator in facilitators) ArmFacilitator(facilitator.Front);
                break;
            case Place.FacilitatorChain:
                foreach (var facilitator in facilitators) ArmFacilitatorsNode(facilitator);
                break;
            case Place.GatewayNode:
                if (_case is { Operation: not Operation.Verify, Moment: Moment.Before }) HoldMoneyBack();
                Add(_peers.Node, IsOurs, NodeFault(_case.Fault));
                break;
        }
    }

    private void ArmFacilitator(FaultProxy facilitator)
    {
        var isVerify = _case.Operation == Operation.Verify;
        var stage = _case.Fault switch
        {
            MoneyFault.DropBefore => FaultStage.BeforePeer,
            MoneyFault.DropAfter => FaultStage.AfterPeer,
            _ => _case.Moment == Moment.Before || isVerify ? FaultStage.BeforePeer : FaultStage.AfterPeer,
        };
        if (stage == FaultStage.AfterPeer && _case.Moment == Moment.Before && !isVerify) HoldMoneyBack();
        var action = _case.Fault switch
        {
            MoneyFault.WrongHash when isVerify => Forgeries.ValidForAnother(MoneyPeers.StrangersAddress),
            MoneyFault.WrongHash => Forgeries.Settled(_order, _peers.StrangersTransaction),
            MoneyFault.Lie when isVerify => Forgeries.Invalid(_order),
            MoneyFault.Lie => _case.Moment == Moment.Before ? Forgeries.Settled(_order, Forgeries.NewHash()) : Forgeries.NotSettled(_order),
            var fault => PlainFault(fault),
        };
        var path = isVerify ? "/verify" : "/settle";
        Add(facilitator, stage, request => request.Path == path && IsOurs(request), Strike(action, stage));
    }

    private void ArmFacilitatorsNode(FacilitatorPeer facilitator)
    {
        var chain = facilitator.Chain;
        Add(chain, request => IsOurs(request) && !IsTransaction(request), NodeFault(_case.Fault));
        if (_case.Operation == Operation.Verify) return;
        if (_case.Moment == Moment.Before)
        {
            // The node never gets it.
            var action = _case.Fault switch
            {
                MoneyFault.WrongHash or MoneyFault.Lie => Forgeries.TransactionTaken(),
                var fault => PlainFault(fault),
            };
            Add(chain, FaultStage.BeforePeer, request => IsOurs(request) && IsTransaction(request),
                _peers.FillingGap(Strike(action, FaultStage.BeforePeer), facilitator.Itself));
        }
        else if (_case.Fault != MoneyFault.DropBefore)
        {
            Add(chain, FaultStage.AfterPeer, request => IsOurs(request) && IsTransaction(request),
                Strike(NodeFault(_case.Fault).Action, FaultStage.AfterPeer, isBeingMined: true));
        }
    }

    /// <summary>What can go wrong with a node, at the stage at which it does.</summary>
    private (FaultStage Stage, FaultAction Action) NodeFault(MoneyFault fault) => fault switch
    {
        MoneyFault.DropAfter => (FaultStage.AfterPeer, Fault.Drop),
        MoneyFault.WrongHash => (FaultStage.AfterPeer, Forgeries.OtherHashes()),
        MoneyFault.Lie => (FaultStage.AfterPeer, Forgeries.Opposite()),
        _ => (FaultStage.BeforePeer, PlainFault(fault)),
    };

    private FaultAction PlainFault(MoneyFault fault) => fault switch
    {
        MoneyFault.Delay => Fault.Delay(_delay),
        MoneyFault.DropBefore or MoneyFault.DropAfter => Fault.Drop,
        MoneyFault.Error500 => Fault.Answer(500, """{"error":"Internal Server Error"}"""),
        MoneyFault.WrongBody => _noAnswer,
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, "depends on the exchange"),
    };

    /// <summary>Until it has gone wrong, no transaction of this order's gets to the chain.</summary>
    private void HoldMoneyBack()
    {
        foreach (var facilitator in _peers.Facilitators)
        {
            Add(facilitator.Chain, FaultStage.BeforePeer,
                request => Hits < _times && IsOurs(request) && IsTransaction(request) && Interlocked.Increment(ref _held) <= MostHeldBack, _peers.FillingGap(Forgeries.NodeError, facilitator.Itself));
        }
    }

    private bool IsOurs(HttpRequest request) => _order.IsNamedIn(request, _case.Operation);

    private static bool IsTransaction(HttpRequest request) => MoneyOrder.RawTransaction(Match.Body(request)) is not null;

    private void Add(FaultProxy proxy, Func<HttpRequest, bool> matches, (FaultStage Stage, FaultAction Action) fault) =>
        Add(proxy, fault.Stage, matches, Strike(fault.Action, fault.Stage));

    private void Add(FaultProxy proxy, FaultStage stage, Func<HttpRequest, bool> matches, FaultAction action) =>
        _rules.Add((proxy, proxy.On(stage, matches, action)));

    /// <summary>The fault, at its moment and not too often.</summary>
    /// <param name="isBeingMined">Whether what the peer has just done moves the money.</param>
    private FaultAction Strike(FaultAction action, FaultStage stage, bool isBeingMined = false) => async (peer, time, aborted) =>
    {
        if (Hits == _times) return new FaultOutcome.Continue();
        var isAfter = _case.Moment == Moment.After;
        if (isAfter && (_case.Operation == Operation.Verify || (_case.Place == Place.GatewayFacilitator && stage == FaultStage.BeforePeer)))
        {
            // Whose own exchanges come this way too.
            if (Interlocked.Exchange(ref _moves, 1) == 0) await _peers.MoveMoneyAsync(_order, _case.Operation, aborted);
        }

        if (await _peers.HasMovedAsync(_order, _case.Operation, isBeingMined, aborted) != isAfter) return new FaultOutcome.Continue();
        return Interlocked.Increment(ref _hits) <= _times ? await action(peer, time, aborted) : new FaultOutcome.Continue();
    };
}
