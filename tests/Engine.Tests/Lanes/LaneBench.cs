using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Actors.Kernel;
using Gantry.Primitives;

namespace Gantry.Engine.Tests.Lanes;

/// <summary>A kernel on the bench: inputs by hand, outputs to look at. Entities load empty unless told otherwise.</summary>
internal sealed class LaneBench
{
    private const int ShardCount = 8;

    private readonly LaneKernel _kernel;

    private readonly List<LaneOutput> _seen = [];
    private int _keys;

    public LaneBench(bool isConnected = true, ILaneTraces? traces = null, int entitiesMax = LaneLimits.EntitiesMax, StateBound? stateBound = null)
    {
        _kernel = new LaneKernel(new LaneSettings
        {
            Kinds = new Dictionary<string, EntityKind> { [LedgerArea.Kind.Name] = LedgerArea.Kind },
            ShardCount = ShardCount,
            Scope = "bench",
            Traces = traces,
            EntitiesMax = entitiesMax,
            StateBound = stateBound,
            Random = new SeededRandomSource(1),
        });
        for (var i = 0; i < ShardCount; i++)
        {
            Step(new LaneEvent.Gain(new ShardId(i), 1));
        }

        Step(LaneEvent.Start.Instance);
        if (isConnected)
        {
            Step(new LaneEvent.Resolved(1, 0, IsFenced: false));
            Pass();
            Step(new LaneEvent.MailFound(TakeOnly<LaneOutput.ScanMail>().Scan, [], IsFull: false));
            _seen.Clear();
        }
    }

    public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

    public LaneKernel Kernel => _kernel;

    public void Step(LaneEvent what) => _seen.AddRange(_kernel.Step(new LaneInput(Now, what)).Items);

    public void Pass() => Step(LaneEvent.PassEnd.Instance);

    /// <summary>Sends a command; the answer carries the key.</summary>
    public string Ask(string ledger, LedgerCommand command, string? key = null, TimeSpan? deadline = null, string? digest = null, int bytes = 512)
    {
        var to = LedgerArea.At(ledger);
        var name = key ?? $"once:{++_keys}";
        Step(new LaneEvent.Arrive
        {
            To = to,
            Shard = ShardId.Of(to, ShardCount),
            Command = command,
            Key = new CommandKey(name),
            Digest = digest,
            Bytes = bytes,
            Caller = Principal.Engine,
            Deadline = Now + (deadline ?? TimeSpan.FromSeconds(10)),
            ReplyTo = name,
        });
        return name;
    }

    public ShardId ShardOf(string ledger) => ShardId.Of(LedgerArea.At(ledger), ShardCount);

    /// <summary>Ends the pass and answers loads with empty entities, until no more are asked for.</summary>
    public void PassAndLoad(long revision = 0)
    {
        Pass();
        while (Take<LaneOutput.Load>() is { Count: > 0 } loads)
        {
            foreach (var load in loads)
            {
                Step(new LaneEvent.Loaded([.. load.Entities.Select(e => new LoadedEntity(e, LedgerDecider.Initial, revision, 0))]));
            }

            Pass();
        }
    }

    /// <summary>The one batch that was asked to be committed.</summary>
    public LaneBatch Batch() => TakeOnly<LaneOutput.Commit>().Batch;

    public void Commit(LaneBatch batch)
    {
        Step(new LaneEvent.Committed(batch.Number, 100));
        Pass();
    }

    public void Lose(
        LaneBatch batch, ImmutableArray<MailId>? gone = null, ImmutableArray<TakenClaim>? taken = null, ImmutableArray<KnownKey>? known = null)
    {
        Step(new LaneEvent.Lost(batch.Number, gone ?? [], taken ?? [], known ?? []));
        Pass();
    }

    public Doorbell Bell(string to, long position, long previous, string note, int source = 7) => new(
        new ShardId(source),
        ShardId.Of(LedgerArea.At(to), ShardCount),
        previous,
        position,
        [new OutgoingMail
        {
            Id = new MailId(source, position, 0),
            To = LedgerArea.At(to),
            ToShard = ShardId.Of(LedgerArea.At(to), ShardCount),
            Command = new Add(1, note),
            Meta = new MailMeta(LedgerArea.At("sender"), null, null, 0, null),
            Previous = previous,
        }]);

    public static FoundMail Found(Doorbell bell, DateTimeOffset? due = null, string? timer = null) => new()
    {
        Id = bell.Mail[0].Id,
        To = bell.Mail[0].To,
        ToShard = bell.Mail[0].ToShard,
        DueAt = due,
        TimerName = timer,
        Read = () => new MailContent(bell.Mail[0].Command, bell.Mail[0].Meta),
    };

    /// <summary>Answers so far, by key; taken out.</summary>
    public Dictionary<string, AskAnswer> Answers() =>
        Take<LaneOutput.Answer>().ToDictionary(a => (string)a.ReplyTo, a => a.What);

    public List<T> Take<T>() where T : LaneOutput
    {
        var found = _seen.OfType<T>().ToList();
        _seen.RemoveAll(o => o is T);
        return found;
    }

    public T TakeOnly<T>() where T : LaneOutput => Take<T>() switch
    {
        [var only] => only,
        var others => throw new InvalidOperationException($"{others.Count} outputs {typeof(T).Name}; there are: {string.Join(", ", _seen)}"),
    };
}
