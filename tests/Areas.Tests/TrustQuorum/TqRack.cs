using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Gantry.TrustQuorum;

namespace Gantry.Areas.Tests.TrustQuorum;

/// <summary>A rack's configurations driven by plain calls of the decider.</summary>
internal sealed class TqRack
{
    public static readonly RackId Id = RackId.From(Guid.Parse("0dbef452-a6dd-4831-bbdc-769ea3353f28"));
    public static readonly TqSealedSecrets Secrets = new(new string('a', 64), new string('b', 112));

    public TqState State { get; private set; } = TqDecider.Initial;

    public List<Effect> Effects { get; } = [];

    public List<TqEvent> Events { get; } = [];

    public DateTimeOffset Now { get; set; } = new(2026, 3, 1, 10, 0, 0, TimeSpan.Zero);

    public TqRecord Latest => State.Latest ?? throw new InvalidOperationException("no record");

    /// <summary>A rack whose members 0 to count-1 were formed by rack setup.</summary>
    public static TqRack Formed(int count)
    {
        var rack = new TqRack();
        rack.Must(new TqCommand.Create(new RackCreated(Boards(count), Board(0))));
        return rack;
    }

    public static BaseboardId Board(int n) => new("913-0000019", $"2000{n:0000}");

    public static ImmutableArray<BaseboardId> Boards(int count) => [.. Enumerable.Range(0, count).Select(Board)];

    public Reply Do(TqCommand command)
    {
        Now += TimeSpan.FromSeconds(1);
        var turn = new Turn(Addresses.TqConfig(Id), Events.Count, Now, new CommandKey($"k{Events.Count}"), new Principal(PrincipalKind.User, "u1", "admin"));
        var decision = TqDecider.Decide(State, command, turn);
        foreach (var fact in decision.Events)
        {
            State = TqDecider.Apply(State, fact);
            Events.Add(fact);
        }

        Effects.AddRange(decision.Effects);
        return decision.Reply;
    }

    public TqRack Must(TqCommand command) => Do(command) is Reply.Accepted
        ? this
        : throw new InvalidOperationException($"refused: {Do(command)}");

    public Refusal Refused(TqCommand command)
    {
        var before = State;
        var refusal = Do(command) is Reply.Refused refused ? refused.Why : throw new InvalidOperationException($"not refused: {command}");
        return ReferenceEquals(before, State) ? refusal : throw new InvalidOperationException("a refusal changed the state");
    }

    public TqCommand Add(params int[] sleds) => new AddSleds([.. sleds.Select(Board)], new ProposalFacts());

    public TqCommand Prepare(int acks, bool hasSecrets = true, TqRecord? of = null)
    {
        var record = of ?? Latest;
        var acked = record.Members.Select(m => m.Id).OrderBy(m => m != record.Coordinator).Take(acks).ToImmutableArray();
        return new RecordPrepare(record.Epoch, Config(record, hasSecrets), acked);
    }

    public TqCommand Commit(int acks) => new RecordCommit(Latest.Epoch, [.. Latest.Members.Take(acks).Select(m => m.Id)]);

    /// <summary>Prepares and commits the newest record at every member.</summary>
    public TqRack Settle() => Must(Prepare(Latest.Members.Length)).Must(Commit(Latest.Members.Length));

    public static CoordinatorConfig Config(TqRecord record, bool hasSecrets = true) => new(
        record.Rack, record.Epoch, record.Threshold, record.Coordinator,
        [.. record.Members.Select((m, i) => new TqDigest(m.Id, $"{i:x2}" + new string('c', 62)))],
        hasSecrets ? Secrets : null);
}
