using System.Text.Json.Nodes;
using Gantry.Actors;

namespace Gantry.Admin;

/// <summary><c>entity</c>: show, events, state, quarantined, suspects, release, reload.</summary>
internal sealed class EntityCommands(IEntityAdmin entities, TimeProvider time) : IPaletteSource
{
    private const string Noun = "entity";

    public IEnumerable<PaletteCommand> Commands() =>
    [
        new()
        {
            Noun = Noun, Verb = "show", Help = "How an entity stands: revision, phase, what waits at it, claims.", Arguments = [Args.Entity], IsOne = true,
            Columns =
            [
                new("ENTITY", "entity"), new("SHARD", "shard"), new("REVISION", "revision"), new("SNAPSHOT", "snapshot_at"), new("PHASE", "phase"),
                new("COMMANDS", "commands"), new("MAIL", "mail"), new("PARKED", "parked"), new("FAULTS", "faults"), new("RESTARTS", "restarts"),
                new("WHY", "why"), new("SNAPSHOTS", "snapshot_trouble"), new("CLAIMS", "claims"), new("AGE", "created_at", IsAge: true),
            ],
            RunAsync = (call, ct) => Args.WithEntityAsync(call, async e => PaletteAnswer.One(
                await entities.ShowAsync(e, ct).ConfigureAwait(false) is { } card ? Row(card) : null, Noun, e.ToString())),
        },
        new()
        {
            Noun = Noun, Verb = "events", Help = "Events of an entity, oldest first.",
            Arguments = [Args.Entity, new("after", "Only those after this number.") { Bounds = (0, long.MaxValue) }, Args.Limit(100)],
            Columns = [new("SEQ", "sequence"), new("TAG", "tag"), new("AGE", "at", IsAge: true), new("CALLER", "caller"), new("BODY", "body")],
            RunAsync = (call, ct) => Args.WithEntityAsync(call, async e =>
            {
                var after = call.TextOrNull("after") is { } text ? long.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : 0;
                var events = await entities.EventsAsync(e, after, call.Number("limit", 100), ct).ConfigureAwait(false);
                return events.IsEmpty && after == 0 && await entities.ShowAsync(e, ct).ConfigureAwait(false) is null
                    ? PaletteAnswer.One(null, Noun, e.ToString())
                    : PaletteAnswer.Of(events.Select(Row));
            }),
        },
        new()
        {
            Noun = Noun, Verb = "state", Help = "Committed state of an entity, folded from its journal.", Arguments = [Args.Entity], IsOne = true,
            Columns = [new("REVISION", "revision"), new("TAG", "tag"), new("STATE", "state")],
            RunAsync = (call, ct) => Args.WithEntityAsync(call, async e => PaletteAnswer.One(
                await entities.StateAsync(e, ct).ConfigureAwait(false) is { } state
                    ? new JsonObject { ["revision"] = state.Revision, ["tag"] = state.Tag, ["state"] = JsonNode.Parse(state.Json) }
                    : null,
                Noun,
                e.ToString())),
        },
        new()
        {
            Noun = Noun, Verb = "quarantined", Help = "Entities that are isolated, on all nodes that answer, and why.",
            Columns = [new("ENTITY", "entity"), new("SINCE", "since", IsAge: true), new("WHY", "why")],
            RunAsync = async (_, ct) => PaletteAnswer.Of((await entities.QuarantinedAsync(ct).ConfigureAwait(false)).Select(q =>
                new JsonObject { ["entity"] = q.Entity.ToString(), ["since"] = Args.Time(q.Since), ["why"] = q.Why })),
        },
        new()
        {
            Noun = Noun, Verb = "suspects", Help = "Entities that the watch-dog named within the last day.",
            Columns = [new("ENTITY", "entity"), new("TAG", "tag"), new("NODE", "node"), new("AGE", "at", IsAge: true)],
            RunAsync = async (_, ct) => PaletteAnswer.Of((await entities.SuspectsAsync(time.GetUtcNow().AddDays(-1), ct).ConfigureAwait(false)).Select(s =>
                new JsonObject { ["entity"] = s.Entity.ToString(), ["tag"] = s.Tag, ["node"] = s.NodeId, ["at"] = Args.Time(s.At) })),
        },
        new()
        {
            Noun = Noun, Verb = "release", Help = "Ends a quarantine: loaded anew, parked mail comes back in order.", Arguments = [Args.Entity],
            Grade = PaletteGrade.Disruptive,
            RunAsync = (call, ct) => Args.WithEntityAsync(call, async e => PaletteAnswer.Of(await entities.ReleaseAsync(e, call.Order, ct).ConfigureAwait(false))),
        },
        new()
        {
            Noun = Noun, Verb = "reload", Help = "Drops an entity from memory and loads it from the journal alone.", Arguments = [Args.Entity],
            Grade = PaletteGrade.Disruptive,
            RunAsync = (call, ct) => Args.WithEntityAsync(call, async e => PaletteAnswer.Of(await entities.ReloadAsync(e, call.Order, ct).ConfigureAwait(false))),
        },
    ];

    internal static JsonObject Row(EntityEventLine line) => new()
    {
        ["sequence"] = line.Sequence, ["position"] = line.Position, ["tag"] = line.Tag, ["version"] = line.Version, ["at"] = Args.Time(line.At),
        ["caller"] = line.Caller, ["cause"] = line.Cause, ["trace"] = line.Trace, ["body"] = Args.Document(line.Body),
    };

    private static JsonObject Row(EntityCard card) => new()
    {
        ["entity"] = card.Entity.ToString(), ["shard"] = card.Shard, ["revision"] = card.Revision, ["snapshot_at"] = card.SnapshotAt, ["phase"] = card.Phase,
        ["commands"] = card.Commands, ["mail"] = card.Mail, ["parked"] = card.Parked, ["faults"] = card.Faults, ["restarts"] = card.Restarts, ["why"] = card.Why,
        ["snapshot_trouble"] = card.SnapshotTrouble,
        ["claims"] = new JsonArray([.. card.Claims.Select(c => JsonValue.Create(c))]), ["created_at"] = Args.Time(card.CreatedAt), ["ended_at"] = Args.Time(card.EndedAt),
    };
}
