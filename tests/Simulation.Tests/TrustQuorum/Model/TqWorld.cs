using Gantry.Primitives;
using Gantry.TrustQuorum;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.Simulation.TrustQuorum;

/// <summary>
/// A whole rack in memory, one step at a time: the product's nodes with their drives, links, and the product's decider and driver plan. Nodes end
/// between change, save and send (tq 8.5); the driver reads, asks and reports in steps of their own. Everything follows from the schedule.
/// </summary>
internal sealed partial class TqWorld : IDisposable
{
    private const int InboxMax = 512;

    private static readonly RackId OtherRack = new(new Guid(0, 0, 0, [0, 0, 0, 0, 0, 0, 0, 9]));

    private readonly TqMutant _mutant;
    private readonly TqDice _secrets;
    private readonly TqSimNode[] _sleds;
    private readonly bool[,] _isCut;
    private readonly bool[,] _isLinked;
    private readonly List<TqEnvelope> _outgoing = [];
    private readonly int _membersMax;
    private bool _isCalm;
    private TqSimNode? _mute;
    private TqDice _dice;

    public TqWorld(TqSchedule schedule, TqMutant mutant, TqCoverage? coverage = null)
    {
        Coverage = coverage;
        _mutant = mutant;
        _dice = new TqDice(schedule.Seed);
        _secrets = new TqDice(schedule.Seed ^ 0x5EC3_E75E_ED00_0001);
        Rack = new RackId(new Guid((int)schedule.Seed, 1, 1, [0, 0, 0, 0, 0, 0, 0, 1]));
        _membersMax = schedule.Scale.MembersMax;
        var first = schedule.Scale.MembersFirst == 0 ? 3 + _dice.Next(9) : schedule.Scale.MembersFirst;
        var hasLrtq = _dice.OneIn(2);
        Control = new TqControl(mutant, Rack, hasLrtq) { OnFact = CheckReport };
        Oracle = new TqOracle(Control);
        var fixture = hasLrtq ? TqLrtqFixture.Of(first) : null;
        _sleds = new TqSimNode[schedule.Scale.Universe];
        for (var i = 0; i < _sleds.Length; i++)
        {
            var disk = fixture is not null && i < first ? TqPersistentState.FromLrtq(fixture.For(i, Rack)) : TqPersistentState.Empty;
            _sleds[i] = new TqSimNode(Ids[i], i, disk);
        }

        _isCut = new bool[_sleds.Length, _sleds.Length];
        _isLinked = new bool[_sleds.Length, _sleds.Length];
        if (fixture is not null)
        {
            Oracle.Knows(LrtqShareData.Epoch, fixture.Secret);
        }

        Found(first, hasLrtq);
    }

    public RackId Rack { get; }

    public TqControl Control { get; }

    public TqOracle Oracle { get; }

    public IReadOnlyList<TqSimNode> Sleds => _sleds;

    /// <summary>What happened, when somebody reads it; null costs nothing.</summary>
    public List<string>? Log { get; init; }

    /// <summary>Counts what happens, when somebody reads it.</summary>
    public TqCoverage? Coverage { get; }

    private static BaseboardId[] Ids { get; } = [.. Enumerable.Range(0, 32).Select(i => new BaseboardId("p", $"{(char)('A' + (i % 26))}{i / 26}"))];

    public void Do(in TqStep step)
    {
        _dice = new TqDice(step.Dice);
        var isDone = step.Action switch
        {
            TqAction.DeliverEnvelope => Deliver(),
            TqAction.PollPrepareAcks => Poll(),
            TqAction.Commit => Commit(),
            TqAction.DeliverNexusReply => DeliverReport(_reports.Count == 0 ? -1 : _dice.Next(_reports.Count)),
            TqAction.LoadLatestRackSecret => Load(isLatest: true),
            TqAction.LoadRackSecret => Load(isLatest: false),
            TqAction.ClearSecrets => Clear(),
            TqAction.CrashNode => Random(s => s.IsUp) is { } up && Crash(up),
            TqAction.RestartNode => Random(s => !s.IsUp) is { } down && Start(down),
            TqAction.Reconfigure => Reconfigure(),
            TqAction.DeliverNexusCall => DeliverCall(),
            TqAction.AbortByOperator => Control.Latest is { IsPreparing: true } && _dice.OneIn(4) && Accepted(new AbortLatest("an operator gave it up")),
            TqAction.DriverPass => Pass(Newest()),
            TqAction.DriverReads => Read(),
            TqAction.CutLink => Cut(),
            TqAction.HealLink => Heal(),
            TqAction.Tick => Random(s => s.IsUp) is { } ticked && Turn(ticked, static n => n.Tick()),
            TqAction.DuplicateEnvelope => Duplicate(),
            TqAction.LoseEnvelope => Lose(),
            TqAction.CorruptShare => Corrupt(),
            TqAction.StrangerAsks => StrangerAsks(),
            TqAction.ForeignRack => ForeignRack(),
            TqAction.CommitAnyone => CommitAnyone(),
            _ => throw Invariant.Unreachable("all actions are done"),
        };
        Coverage?.Add($"{(isDone ? "step" : "skip")} {step.Action}");
        Log?.Add($"{step.Action}{(isDone ? "" : " (skipped)")}");
    }

    /// <summary>Faults end: everything must converge (V1 to V4, S12).</summary>
    public void Settle()
    {
        _isCalm = true;
        Control.Calls.Clear();
        Array.Clear(_isCut);
        for (var round = 0; round < 40; round++)
        {
            Revive();
            DeliverAll();
            if (IsSettled())
            {
                CheckSecrets();
                CheckWithFewest();
                return;
            }

            Drive();
            DeliverAll();
        }

        throw new TqViolation("V1", $"the rack does not settle: {TqControl.Text(Control.Latest)}; {string.Join("; ", _sleds.Select(s => s.ToString()))}");
    }

    public void Dispose()
    {
        foreach (var sled in _sleds)
        {
            sled.Node?.Dispose();
            sled.Disk.Forget();
            Empty(sled);
        }
    }

    private TqSimNode? Random(Func<TqSimNode, bool> which)
    {
        var start = _dice.Next(_sleds.Length);
        for (var i = 0; i < _sleds.Length; i++)
        {
            if (_sleds[(start + i) % _sleds.Length] is var sled && which(sled))
            {
                return sled;
            }
        }

        return null;
    }

    private TqSimNode Of(BaseboardId id) => Array.Find(_sleds, s => ReferenceEquals(s.Id, id))
        ?? Array.Find(_sleds, s => s.Id == id)
        ?? throw Invariant.Unreachable("all sleds are in the universe");

    /// <summary>One input of one node: change, save, send; it may end between any two of them.</summary>
    private bool Turn(TqSimNode sled, Action<TqNode> input, Action? reply = null)
    {
        var node = sled.Node!; // callers pick nodes that are up
        input(node);
        TqOracle.Turned(sled, node);
        var unsaved = node.Unsaved;
        var crash = unsaved is null || _isCalm ? 99 : _dice.Next(100);
        if (_mutant.RepliesBeforePersist)
        {
            SendAll(sled, node, lossy: false);
            reply?.Invoke();
        }

        // 0: the save fails or never happens; 1: it happens and nothing leaves; 2: some messages leave and no answer does.
        if (crash == 0)
        {
            return Crash(sled);
        }

        if (unsaved is not null)
        {
            sled.Disk = unsaved;
            node.Saved();
            Oracle.Saved(sled);
        }

        if (crash == 1)
        {
            return Crash(sled);
        }

        SendAll(sled, node, lossy: crash == 2);
        if (crash == 2)
        {
            return Crash(sled);
        }

        if (!_mutant.RepliesBeforePersist)
        {
            reply?.Invoke();
        }

        return true;
    }

    private void SendAll(TqSimNode sled, TqNode node, bool lossy)
    {
        _outgoing.Clear();
        node.TakeMessages(_outgoing);
        var count = lossy ? _dice.Next(_outgoing.Count + 1) : _outgoing.Count;
        for (var i = 0; i < _outgoing.Count; i++)
        {
            var envelope = _outgoing[i];
            var to = Of(envelope.To);
            Oracle.Sent(sled, envelope);
            if (i < count && to != _mute && _isLinked[sled.Index, to.Index] && to.Inbox.Count < InboxMax)
            {
                Log?.Add($"  {sled.Id.SerialNumber} -> {to.Id.SerialNumber} {envelope.Message.Name}");
                to.Inbox.Add(envelope);
            }
            else
            {
                envelope.Message.Dispose();
            }
        }
    }

    private bool Deliver()
    {
        if (Random(s => s.IsUp && s.Inbox.Count > 0) is not { } sled)
        {
            return false;
        }

        // Mostly last in, first out, as in the source, so that messages overtake each other; sometimes in order or anywhere.
        var at = _dice.Next(4) switch
        {
            0 => 0,
            1 => _dice.Next(sled.Inbox.Count),
            _ => sled.Inbox.Count - 1,
        };
        return DeliverAt(sled, at);
    }

    private bool DeliverAt(TqSimNode sled, int at)
    {
        var envelope = sled.Inbox[at];
        sled.Inbox.RemoveAt(at);
        Log?.Add($"  {sled.Id.SerialNumber} takes {envelope.Message.Name} of {envelope.From.SerialNumber}");
        Coverage?.Add($"message {envelope.Message.Name}");
        Turn(sled, n => n.Handle(envelope));
        envelope.Message.Dispose();
        return true;
    }

    private void DeliverAll()
    {
        for (var count = 0; Array.Find(_sleds, static s => s.IsUp && s.Inbox.Count > 0) is { } sled; count++)
        {
            TqViolation.Unless(count < 20_000, "V2", "messages never end");
            DeliverAt(sled, 0);
        }
    }

    private bool Crash(TqSimNode sled)
    {
        Log?.Add($"  {sled.Id.SerialNumber} ends");
        _outgoing.Clear();
        sled.Node!.Dispose(); // only nodes that are up end
        sled.Node = null;
        Empty(sled);
        foreach (var other in _sleds)
        {
            if (_isLinked[sled.Index, other.Index])
            {
                _isLinked[sled.Index, other.Index] = _isLinked[other.Index, sled.Index] = false;
                other.Node?.Disconnect(sled.Id);
            }
        }

        return true;
    }

    private static void Empty(TqSimNode sled)
    {
        foreach (var envelope in sled.Inbox)
        {
            envelope.Message.Dispose();
        }

        sled.Inbox.Clear();
    }

    private bool Start(TqSimNode sled)
    {
        sled.Node = new TqNode(sled.Id, sled.Disk, _secrets, _mutant.Node);
        if (Coverage is not null)
        {
            sled.Node.OnNote = note => Coverage.Add($"note {note.Kind}");
        }

        var start = _dice.Next(_sleds.Length);
        for (var i = 0; i < _sleds.Length; i++)
        {
            Link(sled, _sleds[(start + i) % _sleds.Length]);
        }

        return true;
    }

    private void Link(TqSimNode a, TqSimNode b)
    {
        if (a == b || !a.IsUp || !b.IsUp || _isCut[a.Index, b.Index] || _isLinked[a.Index, b.Index])
        {
            return;
        }

        _isLinked[a.Index, b.Index] = _isLinked[b.Index, a.Index] = true;
        Turn(a, n => n.Connect(b.Id));
        if (a.IsUp && b.IsUp)
        {
            Turn(b, n => n.Connect(a.Id));
        }
    }

    private bool Cut()
    {
        if (Random(s => s.IsUp) is not { } a || Random(s => s.IsUp && _isLinked[a.Index, s.Index]) is not { } b)
        {
            return false;
        }

        _isCut[a.Index, b.Index] = _isCut[b.Index, a.Index] = true;
        _isLinked[a.Index, b.Index] = _isLinked[b.Index, a.Index] = false;
        a.Node!.Disconnect(b.Id); // both were picked up
        b.Node!.Disconnect(a.Id);

        // What was on the way is lost with its session.
        Forget(a, e => e.From == b.Id);
        Forget(b, e => e.From == a.Id);
        return true;
    }

    private static void Forget(TqSimNode sled, Func<TqEnvelope, bool> which)
    {
        for (var i = sled.Inbox.Count - 1; i >= 0; i--)
        {
            if (which(sled.Inbox[i]))
            {
                sled.Inbox[i].Message.Dispose();
                sled.Inbox.RemoveAt(i);
            }
        }
    }

    private bool Heal()
    {
        var start = _dice.Next(_sleds.Length);
        for (var i = 0; i < _sleds.Length; i++)
        {
            var a = _sleds[(start + i) % _sleds.Length];
            for (var j = 0; j < _sleds.Length; j++)
            {
                if (_isCut[a.Index, j])
                {
                    _isCut[a.Index, j] = _isCut[j, a.Index] = false;
                    Link(a, _sleds[j]);
                    return true;
                }
            }
        }

        return false;
    }

    private bool Duplicate()
    {
        if (Random(s => s.Inbox.Count is > 0 and < InboxMax) is not { } sled)
        {
            return false;
        }

        var envelope = sled.Inbox[_dice.Next(sled.Inbox.Count)];
        sled.Inbox.Insert(_dice.Next(sled.Inbox.Count + 1), envelope with { Message = Copy(envelope.Message) });
        return true;
    }

    private bool Lose()
    {
        if (Random(s => s.Inbox.Count > 0) is not { } sled)
        {
            return false;
        }

        var at = _dice.Next(sled.Inbox.Count);
        sled.Inbox[at].Message.Dispose();
        sled.Inbox.RemoveAt(at);
        return true;
    }

    private bool Corrupt()
    {
        if (Random(s => s.Inbox.Exists(e => e.Message is TqMessage.Share)) is not { } sled)
        {
            return false;
        }

        var at = sled.Inbox.FindIndex(e => e.Message is TqMessage.Share);
        var share = (TqMessage.Share)sled.Inbox[at].Message; // found as one
        share.KeyShare.WritableY[_dice.Next(RackSecret.Size)] ^= (byte)(1 + _dice.Next(255));
        return true;
    }

    private bool StrangerAsks()
    {
        if (Random(s => s is { IsUp: true, Disk: { LatestConfig: not null, Expunged: null } }) is not { } sled)
        {
            return false;
        }

        var epoch = sled.Disk.Configs.Keys.ElementAt(_dice.Next(sled.Disk.Configs.Count));
        if (Random(s => s != sled && Oracle.IsStranger(s.Id, epoch)) is not { } stranger)
        {
            return false;
        }

        // Whoever asks here is no correct node: the answer must not reach the one of that name, which never asked.
        _mute = stranger;
        Turn(sled, n => n.Handle(new TqEnvelope(sled.Id, stranger.Id, Rack, new TqMessage.GetShare(epoch))));
        _mute = null;
        return true;
    }

    private bool ForeignRack()
    {
        if (Random(s => s is { IsUp: true, Disk: { LatestConfig: not null, Expunged: null } }) is not { } sled
            || Random(s => s != sled) is not { } from)
        {
            return false;
        }

        var before = sled.Disk;
        Turn(sled, n => n.Handle(new TqEnvelope(sled.Id, from.Id, OtherRack, new TqMessage.Expunged(ulong.MaxValue))));
        TqViolation.Unless(ReferenceEquals(before, sled.Disk), "S10", $"{sled} listened to another rack");
        return true;
    }

    private static TqMessage Copy(TqMessage message) => message switch
    {
        TqMessage.Share share => share with { KeyShare = share.KeyShare.Copy() },
        TqMessage.Prepare prepare => prepare with { KeyShare = prepare.KeyShare.Copy() },
        TqMessage.LrtqShare lrtq => lrtq with { KeyShare = lrtq.KeyShare.Copy() },
        _ => message,
    };

    private bool Load(bool isLatest)
    {
        if (Random(s => s is { IsUp: true, Disk.LatestCommit: not null }) is not { } sled)
        {
            return false;
        }

        var committed = sled.Disk.Commits;
        var epoch = isLatest ? sled.Disk.LatestCommit!.Value : committed[_dice.Next(committed.Count)]; // picked with a commit
        LoadAt(sled, epoch);
        return true;
    }

    private bool LoadAt(TqSimNode sled, ulong epoch)
    {
        TqLoadResult result = default;
        Turn(sled, n => result = n.Load(epoch));
        if (result.Secret is not { } secret)
        {
            return false;
        }

        Oracle.Loaded(sled, epoch, secret);
        secret.Dispose();
        return true;
    }

    private bool Clear()
    {
        if (Random(s => s.IsUp) is not { } sled)
        {
            return false;
        }

        sled.Node!.ClearSecrets(); // picked up
        return true;
    }

    private void Revive()
    {
        foreach (var sled in _sleds)
        {
            if (!sled.IsUp)
            {
                Start(sled);
            }
        }

        foreach (var a in _sleds)
        {
            foreach (var b in _sleds)
            {
                Link(a, b);
            }
        }

        foreach (var sled in _sleds)
        {
            Turn(sled, static n => n.Tick());
        }
    }
}
