using System.Diagnostics.Metrics;
using Gantry.Actors.Kernel;
using Gantry.Actors.Storage;

namespace Gantry.Actors.Runtime;

/// <summary>The engine's instruments on meter <c>Gantry.Actors</c> (engine 10.1). Tags come from closed sets only.</summary>
internal sealed class EngineMetrics : IDisposable
{
    public const string MeterName = "Gantry.Actors";

    private readonly Meter _meter = new(MeterName);
    private readonly Histogram<double> _command;
    private readonly Histogram<double> _commit;
    private readonly Histogram<int> _batchSize;
    private readonly Histogram<int> _batchBytes;
    private readonly Counter<long> _commitResult;
    private readonly Counter<long> _loads;
    private readonly Histogram<double> _loadDuration;
    private readonly Histogram<double> _turn;
    private readonly Histogram<double> _timerLate;
    private readonly Counter<long> _restarted;
    private readonly Counter<long> _parked;
    private readonly Counter<long> _claimConflict;
    private readonly Counter<long> _fenceLost;
    private readonly Counter<long> _shed;
    private readonly Counter<long> _snapshotFailed;
    private readonly Counter<long> _moves;
    private readonly Histogram<double> _pause;
    private readonly Histogram<double> _takeOver;

    public EngineMetrics(Func<IReadOnlyList<LaneLoop>> lanes, QuarantineBook quarantine, SnapshotBook snapshots)
    {
        _command = _meter.CreateHistogram<double>("actors.command.duration", "s");
        _commit = _meter.CreateHistogram<double>("actors.commit.duration", "s");
        _batchSize = _meter.CreateHistogram<int>("actors.commit.batch.size", "{command}");
        _batchBytes = _meter.CreateHistogram<int>("actors.commit.bytes", "By");
        _commitResult = _meter.CreateCounter<long>("actors.commit.result");
        _loads = _meter.CreateCounter<long>("actors.entity.loads", "{entity}");
        _loadDuration = _meter.CreateHistogram<double>("actors.entity.load.duration", "s");
        _turn = _meter.CreateHistogram(
            "actors.turn.duration",
            "s",
            "Time of one decision",
            tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.00001, 0.0001, 0.001, 0.005, 0.01, 0.1, 1, 2] });
        _timerLate = _meter.CreateHistogram<double>("actors.timer.lateness", "s", "How late timers are taken");
        _restarted = _meter.CreateCounter<long>("actors.entity.restarts", "{entity}");
        _parked = _meter.CreateCounter<long>("actors.mail.parked", "{message}");
        _claimConflict = _meter.CreateCounter<long>("actors.claim.conflict");
        _fenceLost = _meter.CreateCounter<long>("actors.fence.lost");
        _snapshotFailed = _meter.CreateCounter<long>("actors.snapshot.failed", "{snapshot}", "Snapshots that were not written, by reason");
        _shed = _meter.CreateCounter<long>("gateway.shed");
        _moves = _meter.CreateCounter<long>("cluster.shard.moves", "{shard}", "Shards that this node gained or gave away");
        _pause = _meter.CreateHistogram(
            "cluster.shard.handoff.pause",
            "s",
            "Time in which a shard that is given away takes no commands",
            tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5] });
        _takeOver = _meter.CreateHistogram(
            "cluster.takeover.duration",
            "s",
            "From the first sight of a dead node to a shard of it served here",
            tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10] });
        _meter.CreateObservableGauge("actors.lane.queue.depth", () => lanes().Sum(l => l.AskCount + l.Inbox.ArrivalCount), "{command}");
        _meter.CreateObservableGauge("actors.entity.active", () => lanes().Sum(l => l.EntityCount), "{entity}");
        ObserveMail(lanes);
        _meter.CreateObservableGauge(
            "actors.entity.quarantined", () => quarantine.Count, "{entity}", "Isolated entities; see gantry entity quarantined");
        _meter.CreateObservableGauge(
            "actors.snapshot.failing", () => snapshots.Alarms, "{entity}", "Entities whose last two snapshots or more were not written; see gantry entity show");
        _meter.CreateObservableGauge(
            "actors.lane.queue.age", () => Oldest(lanes, l => l.OldestAges.Ask), "s", "Age of the oldest client command in hand");
        _meter.CreateObservableGauge("saga.active", () => Sagas.Active, "{saga}", "Sagas that run or unwind, up to 1,000 of each");
        _meter.CreateObservableGauge("saga.stuck", () => Sagas.Stuck, "{saga}", "Sagas whose undo does not succeed; see gantry saga list");
        _meter.CreateObservableGauge("store.up", () => StoreUp ? 1 : 0, null, "Whether the store answered the last look and took the last commits, every 10 s");
        _meter.CreateObservableGauge(
            "store.oldest_transaction.age",
            () => Math.Max((OldestSnapshot?.Invoke() ?? TimeSpan.Zero).TotalSeconds, Strain.OldestTransaction.TotalSeconds),
            "s",
            "Age of the oldest read of several views, or of the oldest transaction on the server: it keeps dead rows");
        _meter.CreateObservableGauge(
            "store.mail.dead_rows", () => Strain.DeadMailRows, "{row}", "Rows of consumed mail not cleaned up yet; 0 where a store has none");
        _meter.CreateObservableGauge("cluster.members", () => MembersOf(lanes), "{node}", "Members as this node sees them");
        _meter.CreateObservableGauge("cluster.shard.owned", () => lanes().Sum(l => l.ShardCount), "{shard}");
    }

    /// <summary>States of the members; null for a node that is alone.</summary>
    public Func<IEnumerable<MemberState>>? Members { get; set; }

    /// <summary>As of the last count.</summary>
    public long MailBacklog { get; set; }

    /// <summary>As of the last count.</summary>
    public int MailParked { get; set; }

    /// <summary>As of the last count.</summary>
    public (int Active, int Stuck) Sagas { get; set; }

    /// <summary>As of the last look.</summary>
    public bool StoreUp { get; set; } = true;

    /// <summary>As of the last count.</summary>
    public StoreStrain Strain { get; set; }

    /// <summary>Age of the oldest open snapshot.</summary>
    public Func<TimeSpan>? OldestSnapshot { get; set; }

    public void Turn(TimeSpan took) => _turn.Record(took.TotalSeconds);

    public void TimerLate(TimeSpan late) => _timerLate.Record(late.TotalSeconds);

    public void Command(string kind, string outcome, TimeSpan took) => _command.Record(
        took.TotalSeconds, new KeyValuePair<string, object?>("kind", kind), new KeyValuePair<string, object?>("outcome", outcome));

    public void Commit(TimeSpan took, int commands, int bytes, CommitResult result)
    {
        _commit.Record(took.TotalSeconds);
        _batchSize.Record(commands);
        _batchBytes.Record(bytes);
        _commitResult.Add(1, new KeyValuePair<string, object?>("result", NameOf(result)));
        if (result is CommitResult.Fenced)
        {
            _fenceLost.Add(1);
        }
    }

    public void CommitFailed() => _commitResult.Add(1, new KeyValuePair<string, object?>("result", "no_answer"));

    public void Loaded(TimeSpan took, int entities)
    {
        _loadDuration.Record(took.TotalSeconds);
        _loads.Add(entities);
    }

    public void Moved(int shards) => _moves.Add(shards);

    public void Gave(TimeSpan pause)
    {
        _moves.Add(1);
        _pause.Record(pause.TotalSeconds);
    }

    public void TookOver(TimeSpan took) => _takeOver.Record(took.TotalSeconds);

    public void Shed(string reason) => _shed.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void SnapshotFailed(string reason) => _snapshotFailed.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void Note(LaneNote what)
    {
        switch (what)
        {
            case LaneNote.Restarted:
                _restarted.Add(1);
                break;
            case LaneNote.MailParked:
                _parked.Add(1);
                break;
            case LaneNote.ClaimConflict:
                _claimConflict.Add(1);
                break;
            default:
                break;
        }
    }

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<int>> MembersOf(Func<IReadOnlyList<LaneLoop>> lanes) => Members is { } members
        ? members().GroupBy(s => s).Select(g => new Measurement<int>(
            g.Count(), new KeyValuePair<string, object?>("state", g.Key.ToString().ToLowerInvariant())))
        : [new Measurement<int>(lanes().Count > 0 ? 1 : 0, new KeyValuePair<string, object?>("state", "up"))];

    private static double Oldest(Func<IReadOnlyList<LaneLoop>> lanes, Func<LaneLoop, TimeSpan> age) =>
        lanes().Select(age).DefaultIfEmpty(TimeSpan.Zero).Max().TotalSeconds;

    private void ObserveMail(Func<IReadOnlyList<LaneLoop>> lanes)
    {
        _meter.CreateObservableGauge("actors.mail.backlog", () => MailBacklog, "{message}", "Messages in the store, timers included");
        _meter.CreateObservableGauge("actors.mail.in_hand", () => lanes().Sum(l => l.MailCount), "{message}");
        _meter.CreateObservableGauge("actors.mail.age", () => Oldest(lanes, l => l.OldestAges.Mail), "s", "Age of the oldest message in hand");
        _meter.CreateObservableGauge("actors.mail.dead", () => MailParked, "{message}", "Dead letters; see gantry mail list");
    }

    private static string NameOf(CommitResult result) => result switch
    {
        CommitResult.Committed => "committed",
        CommitResult.Fenced => "fenced",
        CommitResult.Losers => "losers",
        _ => "poisoned",
    };
}
