using Gantry.Actors.Kernel;
using Gantry.Actors.Storage;

namespace Gantry.Actors.Simulation;

/// <summary>
/// The store as the nodes meet it: the memory store (checked against the real ones by <c>Store.Conformance</c>) behind a wire that takes
/// time and breaks. A commit may be done and answered, done and its answer lost, not done, or hang and be done much later.
/// </summary>
internal sealed class StoreModel
{
    /// <summary>What a failed call says.</summary>
    public const string NoAnswer = "no answer";

    private readonly World _world;
    private readonly Dice _dice;
    private readonly TimeSpan _time;
    private TimeSpan _fullUntil;

    public StoreModel(World world, ulong seed)
    {
        _world = world;
        _dice = new Dice(seed, "store");
        _time = world.Settings.StoreTime;
        Memory = new MemoryStore(new Dice(seed, "store-ids").Source) { Mutations = world.Mutant.Store };
        Inline.Done(Memory.OpenAsync(new StoreOptions(world.Settings.ShardCount, world.Model.Views), CancellationToken.None));
    }

    public MemoryStore Memory { get; }

    /// <summary>The disk is full for a while: every commit fails, and is known to have failed.</summary>
    public void FillDisk(TimeSpan time) => _fullUntil = _world.Now + time;

    public void Join(Incarnation me, int lanes, Action<IReadOnlyList<ShardEpoch>> joined) => After(() =>
    {
        var shards = Inline.Done(Memory.JoinAsync(me, "node", lanes, CancellationToken.None));
        _world.Judge.Joined(me, shards);
        After(() => joined(shards));
    });

    public void Commit(LaneTicket ticket, LaneBatch batch, CommitBatch rows, int bytes, Action<LaneEvent> answer)
    {
        var what = $"commit {ticket.Lane}.{ticket.Session}.{ticket.BatchNumber}";
        var faults = _world.Faults;
        if (_world.Now < _fullUntil || faults.Strikes("commit-refused", 0.02))
        {
            After(() => Failed(isKnown: true, "the disk is full"));
        }
        else if (faults.Strikes("commit-lost", 0.02))
        {
            After(() => Failed(isKnown: false, "no answer, not done"));
        }
        else if (faults.Strikes("commit-stalled", 0.02))
        {
            _world.After(_dice.Upto(2), () => Failed(isKnown: false, "no answer, on its way"));
            _world.After(_dice.Upto(4), () => Apply());
        }
        else if (faults.Strikes("commit-unanswered", 0.02))
        {
            After(() =>
            {
                Apply();
                After(() => Failed(isKnown: false, "no answer, done"));
            });
        }
        else
        {
            After(() =>
            {
                var result = Apply();
                After(() => answer(StoreAnswers.Of(ticket.BatchNumber, bytes, result, _world.Decoder)));
            });
        }

        CommitResult Apply()
        {
            var result = Inline.Done(Memory.CommitAsync(ticket, rows, CancellationToken.None));
            _world.Note($"{what} {StoreAnswers.Name(result)}");
            if (result is CommitResult.Committed)
            {
                _world.Judge.Committed(ticket.Incarnation, batch, rows);
            }

            return result;
        }

        void Failed(bool isKnown, string why)
        {
            _world.Note($"{what}: {why}");
            answer(new LaneEvent.CommitFailed(ticket.BatchNumber, isKnown, why));
        }
    }

    public void Resolve(Incarnation me, int lane, Action<LaneEvent> answer)
    {
        if (_world.Faults.Strikes("resolve-lost", 0.05))
        {
            After(() => answer(new LaneEvent.ResolveFailed("no answer, not done")));
            return;
        }

        After(() =>
        {
            var probe = Inline.Done(Memory.ResolveAsync(me, lane, CancellationToken.None));
            _world.Note($"resolve {lane}: session {probe.Session}, batch {probe.LastBatch}{(probe.Fenced ? ", fenced" : "")}");
            if (_world.Faults.Strikes("resolve-unanswered", 0.05))
            {
                After(() => answer(new LaneEvent.ResolveFailed("no answer, done")));
            }
            else
            {
                After(() => answer(new LaneEvent.Resolved(probe.Session, probe.LastBatch, probe.Fenced)));
            }
        });
    }

    public void Confirm(LaneTicket ticket, Action<LaneEvent> answer) => Read<LaneEvent>(
        "confirm",
        0.02,
        () => new LaneEvent.Confirmed(Inline.Done(Memory.ConfirmAsync(ticket, CancellationToken.None))),
        answer,
        () => answer(new LaneEvent.ConfirmFailed(NoAnswer)));

    /// <summary>Any read: once done after some time, and answered after some more; slow now and then.</summary>
    public void Read<T>(string kind, double rate, Func<T> read, Action<T> answer, Action failed)
    {
        if (_world.Faults.Strikes($"{kind}-failed", rate))
        {
            After(failed);
            return;
        }

        var isSlow = _world.Faults.Strikes($"{kind}-slow", rate);
        After(() =>
        {
            var found = read();
            _world.After(isSlow ? _dice.Upto(6) : _dice.Around(_time), () => answer(found));
        });
    }

    /// <summary>A small write whose loss the caller makes good by trying again; it goes on when the mark is there.</summary>
    public void Write(string kind, double rate, Action done)
    {
        var tries = _world.Faults.Strikes($"{kind}-failed", rate) ? 2 : 1;
        _world.After(_dice.Around(_time) * tries, done);
    }

    public void SaveSnapshots(Incarnation me, IReadOnlyList<SnapshotRow> rows)
    {
        if (!_world.Faults.Strikes("snapshot-lost", 0.1))
        {
            _world.After(_dice.Around(_time * 3), () => Inline.Done(Memory.SaveSnapshotsAsync(me, rows, CancellationToken.None)));
        }
    }

    private void After(Action act) => _world.After(_dice.Around(_time), act);
}
