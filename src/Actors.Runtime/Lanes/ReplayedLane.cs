using Gantry.Actors.Kernel;
using Gantry.Primitives;

namespace Gantry.Actors.Runtime;

/// <summary>A kernel that is led through recorded inputs. Where they begin in the middle, it is first brought to where the other one stood.</summary>
internal sealed class ReplayedLane(EvidenceHead head, EngineModel model)
{
    private readonly Queue<long> _scans = new();
    private readonly Queue<LoadedEntity> _guessed = new();
    private readonly LaneKernel _kernel = new(new LaneSettings
    {
        Kinds = model.Kinds,
        ShardCount = head.ShardCount,
        Scope = head.Scope,
        StateBound = LaneLoop.StateBound(model.Wire),
        Random = new SeededRandomSource(head.Seed),
    });

    private HashSet<EntityAddress> _loaded = [];
    private int _guesses;
    private long? _inFlight;

    private bool IsWhole => head.First == 0;

    public EvidenceResult Run(EvidenceHead from, IReadOnlyList<(long Step, LaneInput Input)> inputs, string recorded)
    {
        var (steps, skipped) = (0, 0);
        _loaded = [.. inputs.Select(i => i.Input.What).OfType<LaneEvent.Loaded>().SelectMany(l => l.Entities).Select(e => e.Stamp.Entity)];
        if (!IsWhole && inputs.Count > 0)
        {
            TakeUp(inputs[0].Input.Now);
        }

        foreach (var (step, input) in inputs)
        {
            if (Fit(input.What) is not { } what)
            {
                skipped++;
                continue;
            }

            steps++;
            try
            {
                Step(new LaneInput(input.Now, what));
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                return new EvidenceResult(recorded, steps, skipped, _guesses, from.First, step, $"{e.GetType().FullName}: {e.Message}");
            }
        }

        return new EvidenceResult(recorded, steps, skipped, _guesses, from.First, null, null);
    }

    private void TakeUp(DateTimeOffset now)
    {
        foreach (var shard in head.Shards)
        {
            Step(new LaneInput(now, new LaneEvent.Gain(shard.Shard, shard.Epoch)));
        }

        if (head.Session > 0)
        {
            Step(new LaneInput(now, LaneEvent.Start.Instance));
            Step(new LaneInput(now, new LaneEvent.Resolved(head.Session, head.LastBatch, IsFenced: false)));
            Step(new LaneInput(now, LaneEvent.PassEnd.Instance));
            while (_scans.TryDequeue(out var scan))
            {
                Step(new LaneInput(now, new LaneEvent.MailFound(scan, [], IsFull: false)));
            }
        }
    }

    // An answer to what was asked before the file begins has no question here; one to a later question is given to the question it belongs to.
    private LaneEvent? Fit(LaneEvent what) => what switch
    {
        LaneEvent.Arrive { Command: Unwritten } => null,
        LaneEvent.ActivityDone { Reply: Reply.Accepted { Value: Unwritten } } => null,
        _ when IsWhole => what,
        LaneEvent.Gain gain when head.Shards.Any(s => s.Shard == gain.Shard) => null,
        LaneEvent.Committed committed => _inFlight is { } batch ? committed with { Batch = batch } : null,
        LaneEvent.Lost lost => _inFlight is { } batch ? lost with { Batch = batch } : null,
        LaneEvent.Poisoned poison => _inFlight is { } batch ? poison with { Batch = batch } : null,
        LaneEvent.TooMuch much => _inFlight is { } batch ? much with { Batch = batch } : null,
        LaneEvent.CommitFailed failed => _inFlight is { } batch ? failed with { Batch = batch } : null,
        LaneEvent.Unencodable => null,
        LaneEvent.MailFound found => _scans.TryDequeue(out var scan) ? found with { Scan = scan } : null,
        LaneEvent.ScanFailed failed => _scans.TryDequeue(out var scan) ? failed with { Scan = scan } : null,
        _ => what,
    };

    private void Step(in LaneInput input)
    {
        if (input.What is LaneEvent.Committed or LaneEvent.Lost or LaneEvent.Poisoned or LaneEvent.Unencodable or LaneEvent.TooMuch
            or LaneEvent.CommitFailed)
        {
            _inFlight = null;
        }

        foreach (var output in _kernel.Step(input).Items)
        {
            if (output is LaneOutput.Commit commit)
            {
                _inFlight = commit.Batch.Number;
            }
            else if (output is LaneOutput.Transfer transfer)
            {
                _inFlight = transfer.Batch;
            }
            else if (output is LaneOutput.Ended { IsImpossible: true } ended)
            {
                throw LaneLoop.Impossible(ended);
            }
            else if (output is LaneOutput.ScanMail scan)
            {
                _scans.Enqueue(scan.Scan);
            }
            else if (output is LaneOutput.Load load && !IsWhole)
            {
                Guess(load);
            }
        }

        while (_guessed.TryDequeue(out var entity))
        {
            _ = _kernel.Step(new LaneInput(input.Now, new LaneEvent.Loaded([entity])));
        }
    }

    // What the other lane had in memory before the file begins is not in it: such an entity is taken to be new.
    private void Guess(LaneOutput.Load load)
    {
        foreach (var stamp in load.Entities.Where(e => !_loaded.Contains(e.Entity)))
        {
            if (model.Kinds.TryGetValue(stamp.Entity.Kind, out var kind))
            {
                _guesses++;
                _guessed.Enqueue(new LoadedEntity(stamp, kind.Runner.Initial, 0, 0));
            }
        }
    }
}
