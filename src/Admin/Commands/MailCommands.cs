using System.Text.Json.Nodes;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Admin;

/// <summary><c>mail</c>: list, show, retry, drop.</summary>
internal sealed class MailCommands(IMailAdmin mail) : IPaletteSource
{
    private const string Noun = "mail";

    private static readonly PaletteArgument s_id = new("id", "Id as mail list shows it: shard.position.ordinal.") { IsRequired = true };

    public IEnumerable<PaletteCommand> Commands() =>
    [
        new()
        {
            Noun = Noun, Verb = "list", Help = "Dead letters, or with --moving what is on its way.",
            Arguments = [new("to", "Only of this receiver, kind/key."), new("moving", "What is on its way instead.") { IsSwitch = true }, new("after", "Only those after this id."), Args.Limit(100)],
            Columns =
            [
                new("ID", "id"), new("TO", "to"), new("TAG", "tag"), new("TIMER", "timer"), new("DUE", "due_at"), new("LOADS", "loads"),
                new("ATTEMPTS", "attempts"), new("PARKED", "parked_at", IsAge: true), new("REASON", "reason"),
            ],
            RunAsync = ListAsync,
        },
        new()
        {
            Noun = Noun, Verb = "show", Help = "One message with its body.", Arguments = [s_id], IsOne = true,
            Columns =
            [
                new("ID", "id"), new("FROM", "from"), new("TO", "to"), new("TAG", "tag"), new("TIMER", "timer"), new("DUE", "due_at"), new("LOADS", "loads"),
                new("ATTEMPTS", "attempts"), new("PARKED", "parked_at", IsAge: true), new("REASON", "reason"), new("BODY", "body"),
            ],
            RunAsync = (call, ct) => WithIdAsync(call, async id => PaletteAnswer.One(
                await mail.ShowAsync(id, ct).ConfigureAwait(false) is { } line ? Row(line) : null, Noun, id.ToString())),
        },
        new()
        {
            Noun = Noun, Verb = "retry", Help = "Puts a parked message back: it is decided again.", Arguments = [s_id], Grade = PaletteGrade.Disruptive,
            RunAsync = (call, ct) => WithIdAsync(call, async id => PaletteAnswer.Of(await mail.RetryAsync([id], call.Order, ct).ConfigureAwait(false))),
        },
        new()
        {
            Noun = Noun, Verb = "drop", Help = "Deletes a parked message for good; who waits for its reply waits for ever.", Arguments = [s_id],
            Grade = PaletteGrade.Irreversible, Target = "id",
            RunAsync = (call, ct) => WithIdAsync(call, async id => PaletteAnswer.Of(await mail.DropAsync([id], call.Order, ct).ConfigureAwait(false))),
        },
    ];

    private static async ValueTask<PaletteAnswer> WithIdAsync(PaletteCall call, Func<MailId, ValueTask<PaletteAnswer>> run) =>
        MailId.TryParse(call.Text("id"), out var id) ? await run(id).ConfigureAwait(false) : new PaletteAnswer { Why = NoId(call.Text("id")) };

    private static Refusal NoId(string text) =>
        Refusal.Invalid(AdminErrors.ArgumentInvalid, $"\"{text}\" is no id of a message", "write it as mail list shows it: shard.position.ordinal");

    private async ValueTask<PaletteAnswer> ListAsync(PaletteCall call, CancellationToken ct)
    {
        EntityAddress? to = null;
        if (call.TextOrNull("to") is { } address && !EntityAddress.TryParse(address, out to))
        {
            return new PaletteAnswer { Why = Refusal.Invalid(AdminErrors.ArgumentInvalid, $"\"{address}\" is no address", "write kind/key") };
        }

        MailId? after = null;
        if (call.TextOrNull("after") is { } text)
        {
            if (!MailId.TryParse(text, out var id))
            {
                return new PaletteAnswer { Why = NoId(text) };
            }

            after = id;
        }

        var question = new MailQuestion { IsParked = !call.Is("moving"), To = to, After = after, Limit = call.Number("limit", 100) };
        return PaletteAnswer.Of((await mail.ListAsync(question, ct).ConfigureAwait(false)).Select(Row));
    }

    private static JsonObject Row(MailLine line) => new()
    {
        ["id"] = line.Id.ToString(), ["from"] = line.From?.ToString(), ["to"] = line.To.ToString(), ["tag"] = line.Tag, ["timer"] = line.Timer,
        ["due_at"] = Args.Time(line.DueAt), ["loads"] = line.Loads, ["parked_at"] = Args.Time(line.ParkedAt), ["attempts"] = line.Attempts,
        ["reason"] = line.Reason, ["body"] = Args.Document(line.Body),
    };
}
