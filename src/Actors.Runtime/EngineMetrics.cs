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
    private readonly Counter<long> _quarantined;
    private readonly Counter<long> _parked;
    private readonly Counter<long> _claimConflict;
    private readonly Counter<long> _fenceLost;
    private readonly Counter<long> _shed;

    public EngineMetrics(Func<IReadOnlyList<LaneLoop>> lanes)
    {
        _command = _meter.CreateHistogram<double>("actors.command.duration", "s");
        _commit = _meter.CreateHistogram<double>("actors.commit.duration", "s");
        _batchSize = _meter.CreateHistogram<int>("actors.commit.batch.size", "{command}");
        _batchBytes = _meter.CreateHistogram<int>("actors.commit.bytes", "By");
        _commitResult = _meter.CreateCounter<long>("actors.commit.result");
        _loads = _meter.CreateCounter<long>("actors.entity.loads", "{entity}");
        _loadDuration = _meter.CreateHistogram<double>("actors.entity.load.duration", "s");
        _quarantined = _meter.CreateCounter<long>("actors.entity.quarantined", "{entity}");
        _parked = _meter.CreateCounter<long>("actors.mail.parked", "{message}");
        _claimConflict = _meter.CreateCounter<long>("actors.claim.conflict");
        _fenceLost = _meter.CreateCounter<long>("actors.fence.lost");
        _shed = _meter.CreateCounter<long>("gateway.shed");
        _meter.CreateObservableGauge("actors.lane.queue.depth", () => lanes().Sum(l => l.AskCount + l.Inbox.ArrivalCount), "{command}");
        _meter.CreateObservableGauge("actors.entity.active", () => lanes().Sum(l => l.EntityCount), "{entity}");
        _meter.CreateObservableGauge("actors.mail.backlog", () => lanes().Sum(l => l.MailCount), "{message}");
    }

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

    public void Shed(string reason) => _shed.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void Note(LaneNote what)
    {
        switch (what)
        {
            case LaneNote.Quarantined:
                _quarantined.Add(1);
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

    private static string NameOf(CommitResult result) => result switch
    {
        CommitResult.Committed => "committed",
        CommitResult.Fenced => "fenced",
        CommitResult.Losers => "losers",
        _ => "poisoned",
    };
}
