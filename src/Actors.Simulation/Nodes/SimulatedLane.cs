using Gantry.Actors.Kernel;
using Gantry.Actors.Storage;

namespace Gantry.Actors.Simulation;

/// <summary>The shell of one production <see cref="LaneKernel"/>: what <c>LaneLoop</c> does with threads, done with steps.</summary>
internal sealed class SimulatedLane
{
    /// <summary>Passes in a row without an input and without time passing: more is a loop that never ends.</summary>
    private const int SpinsMax = 300;

    // Looking at every entity at every turn would take as long as all else.
    private const int BoundsEvery = 8;

    private static readonly TimeSpan Soon = TimeSpan.FromTicks(10);

    private readonly SimulatedNode _node;
    private readonly World _world;
    private readonly LaneKernel _kernel;
    private readonly Queue<LaneEvent> _completions = new();
    private readonly Queue<LaneEvent> _arrivals = new();
    private readonly List<LaneOutput.Snapshot> _snapshots = [];
    private readonly Dictionary<EntityAddress, int> _inBatches = [];
    private long _turn;
    private int _turns;
    private int _spins;

    public SimulatedLane(SimulatedNode node, World world, int number, ulong seed)
    {
        _node = node;
        _world = world;
        Number = number;
        _kernel = new LaneKernel(new LaneSettings
        {
            Kinds = world.Model.Kinds,
            ShardCount = world.Settings.ShardCount,
            Scope = "sim",
            Random = new Dice(seed, $"lane {number}").Source,
            Mutations = world.Mutant.Kernel,
        });
    }

    public int Number { get; }

    public bool IsQuiet => _kernel.IsQuiet && _completions.Count == 0 && _arrivals.Count == 0;

    public override string ToString() => $"{_node.Name}.{Number}";

    /// <summary>The end of something the lane asked for.</summary>
    public void Complete(LaneEvent what)
    {
        if (!_node.IsDead)
        {
            _completions.Enqueue(what);
            TurnAfter(Soon);
        }
    }

    /// <summary>Something new; false when the lane has no room.</summary>
    public bool Arrive(LaneEvent what)
    {
        if (_node.IsDead || _arrivals.Count >= 16_384)
        {
            return false;
        }

        _arrivals.Enqueue(what);
        TurnAfter(Soon);
        return true;
    }

    /// <summary>A turn at that time unless an earlier one is due: only the newest appointment counts.</summary>
    private void TurnAfter(TimeSpan delay)
    {
        var turn = ++_turn;
        _world.After(delay, () =>
        {
            if (turn == _turn)
            {
                Turn();
            }
        });
    }

    private void Turn()
    {
        if (_node.IsDead)
        {
            return;
        }

        if (_node.StoppedFor is { } pause)
        {
            TurnAfter(pause);
            return;
        }

        var now = _node.Clock;
        var inputs = 0;
        for (; inputs < LaneLimits.PassInputsMax && Next() is { } input; inputs++)
        {
            Step(input, now);
        }

        var outputs = Step(LaneEvent.PassEnd.Instance, now);
        FlushSnapshots();
        if (++_turns % BoundsEvery == 0 && _kernel.WhyOutOfBounds() is { } exceeded)
        {
            _world.Judge.Violated("I11", $"{this}: {exceeded}");
        }

        if (_node.IsDead)
        {
            return;
        }

        var wait = outputs.WakeAt - now;
        _spins = inputs == 0 && (outputs.HasMore || wait <= TimeSpan.Zero) ? _spins + 1 : 0;
        if (_spins > SpinsMax)
        {
            _world.Judge.Violated("I11", $"lane {this} turns without an end: wakes at {outputs.WakeAt - now} from now, more: {outputs.HasMore}");
        }

        var hasMore = outputs.HasMore || _completions.Count > 0 || _arrivals.Count > 0;
        TurnAfter(hasMore || wait < Soon ? Soon : wait);
    }

    private LaneEvent? Next() =>
        _completions.TryDequeue(out var completion) ? completion : _arrivals.TryDequeue(out var arrival) ? arrival : null;

    private LaneOutputs Step(LaneEvent what, DateTimeOffset now)
    {
        if (what is not LaneEvent.PassEnd)
        {
            _world.Note($"{this} < {what.GetType().Name}{Detail(what)}");
        }

        var outputs = _kernel.Step(new LaneInput(now, what));
        foreach (var output in outputs.Items)
        {
            Do(output);
        }

        return outputs;
    }

    private static string Detail(LaneEvent what) => what switch
    {
        LaneEvent.MailFound found => $" {found.Scan}: {string.Join(',', found.Mail.Take(32).Select(m => m.Id))}",
        LaneEvent.Loaded loaded => $" {string.Join(',', loaded.Entities.Take(8).Select(e => $"{e.Stamp.Entity} at {e.Revision}"))}",
        _ => "",
    };

    private void Do(LaneOutput output)
    {
        var store = _world.Store;
        switch (output)
        {
            case LaneOutput.Answer answer:
                ((IReplyTo)answer.ReplyTo).AnsweredBy(_node, answer.What);
                break;
            case LaneOutput.Commit commit:
                Commit(commit);
                break;
            case LaneOutput.Resolve:
                store.Resolve(_node.Incarnation, Number, Complete);
                break;
            case LaneOutput.Confirm confirm:
                store.Confirm(new LaneTicket(_node.Incarnation, Number, confirm.Session, confirm.Batch), Complete);
                break;
            case LaneOutput.Load load:
                store.Read(
                    _node.Incarnation, "load", 0.1, () => Load(load), Complete, () => Complete(new LaneEvent.LoadFailed(load.Entities, StoreModel.NoAnswer)));
                break;
            case LaneOutput.FindReceipt find:
                store.Read(
                    _node.Incarnation, "receipt", 0.03, () => FindReceipt(find), Complete, () => Complete(new LaneEvent.ReceiptFailed(find.Lookup, StoreModel.NoAnswer)));
                break;
            case LaneOutput.ScanMail scan:
                _world.Note($"{this} scan {scan.Scan} of {string.Join(',', scan.Shards.Take(8))}");
                store.Read(
                    _node.Incarnation, "scan", 0.03, () => Scan(scan), Complete, () => Complete(new LaneEvent.ScanFailed(scan.Scan, StoreModel.NoAnswer)));
                break;
            case LaneOutput.Snapshot snapshot:
                _snapshots.Add(snapshot);
                break;
            case LaneOutput.Nudge nudge:
                _node.Nudge(nudge.Key);
                break;
            case LaneOutput.RingOther ring:
                _node.Ring(ring.Bell);
                break;
            case LaneOutput.RunActivity run:
                _node.Activities.Start(run, this);
                break;
            case LaneOutput.Suspect suspect:
                store.Write("suspect", 0.03, () => Complete(new LaneEvent.SuspectNoted(suspect.Mail)));
                break;
            case LaneOutput.CancelActivity cancelled:
                _node.Activities.Cancel(cancelled.Mail);
                break;
            case LaneOutput.Transfer transfer:
                store.Transfer(new LaneTicket(_node.Incarnation, Number, transfer.Session, transfer.Batch), transfer.Shard, transfer.To, Complete);
                break;
            case LaneOutput.TransferEnded transferred:
                _node.Member!.TransferEnded(transferred.Shard, transferred.IsGiven, transferred.Epoch); // only members give shards away
                break;
            case LaneOutput.Yielded yielded:
                _node.Yielded(this, yielded.Shard);
                break;
            case LaneOutput.Ended ended:
                _world.Note($"{this} ended: {ended.Why}");
                if (ended.IsImpossible && _world.Mutant == Mutant.None && !_node.HasMisbelief(this))
                {
                    _world.Judge.Violated("I1", $"{this}: the store says what cannot be: {ended.Why}");
                }

                _node.LaneEnded(ended.Why);
                break;
            case LaneOutput.Note note:
                Look(note);
                break;
            default:
                break;
        }
    }

    private void Commit(LaneOutput.Commit commit)
    {
        Bound(commit.Batch);
        var encoded = _world.Encoder.Encode(commit.Batch);
        if (encoded.Rows is not { } rows)
        {
            Complete(new LaneEvent.Unencodable(
                commit.Batch.Number, [.. encoded.Failures.Select(f => new BadCommit(f.Index, f.IsTooLarge, f.Why))]));
            return;
        }

        var ticket = new LaneTicket(_node.Incarnation, Number, commit.Session, commit.Batch.Number);
        _world.Store.Commit(ticket, commit.Batch, rows, encoded.Bytes, Complete);
    }

    private void Bound(LaneBatch batch)
    {
        _inBatches.Clear();
        if (batch.Commits.Length > LaneLimits.BatchCommandsMax)
        {
            _world.Judge.Violated("I11", $"a batch of {batch.Commits.Length} commands");
        }

        foreach (var commit in batch.Commits)
        {
            var count = _inBatches[commit.Entity] = _inBatches.GetValueOrDefault(commit.Entity) + 1;
            if (count > LaneLimits.LookAheadMax)
            {
                _world.Judge.Violated("I11", $"{count} undone decisions of {commit.Entity}");
            }
        }
    }

    private LaneEvent.Loaded Load(LaneOutput.Load load)
    {
        var images = Inline.All(_world.Store.Memory.LoadAsync([.. load.Entities.Select(e => e.Entity)], CancellationToken.None));
        return new LaneEvent.Loaded([.. load.Entities.Select((stamp, i) => StoreAnswers.Loaded(stamp, images[i], _world.Decoder))]);
    }

    private LaneEvent.ReceiptFound FindReceipt(LaneOutput.FindReceipt find)
    {
        var row = Inline.Done(_world.Store.Memory.FindReceiptAsync(find.Entity, find.Key.Value, CancellationToken.None));
        return new LaneEvent.ReceiptFound(find.Lookup, row is null ? null : StoreAnswers.Known(row, _world.Decoder));
    }

    private LaneEvent.MailFound Scan(LaneOutput.ScanMail scan)
    {
        IActorStore memory = _world.Store.Memory;
        var rows = Inline.All(memory.ScanMailAsync(
            scan.Shards, scan.DueBefore, scan.After, scan.Max, CancellationToken.None));
        return new LaneEvent.MailFound(scan.Scan, StoreAnswers.Mail(rows, _world.Decoder), rows.Count >= scan.Max);
    }

    private void FlushSnapshots()
    {
        if (_snapshots.Count > 0)
        {
            var rows = _snapshots.Select(s => _world.Encoder.EncodeSnapshot(s.Entity, s.Revision, s.State)).OfType<SnapshotRow>().ToList();
            _snapshots.Clear();
            _world.Store.SaveSnapshots(_node.Incarnation, rows);
        }
    }

    // Nothing in these worlds is broken, so nothing may be taken for broken.
    private void Look(LaneOutput.Note note)
    {
        _world.Note($"{this} {note.What} {note.Entity} {note.Text}");
        if (note.What is LaneNote.DeciderBug or LaneNote.MailParked or LaneNote.Quarantined or LaneNote.Poisoned)
        {
            _world.Judge.Violated("I1", $"{note.What} at {note.Entity}: {note.Text}");
        }
    }
}
