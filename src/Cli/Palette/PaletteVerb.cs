using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gantry.Client;

namespace Gantry.Cli;

/// <summary>A verb made of what the node published: it shows effects before what disrupts, asks, and prints rows.</summary>
internal static class PaletteVerb
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    public static Command Make(CommandMaker make, JsonElement command)
    {
        var noun = command.Text("noun");
        var verb = command.Text("verb");
        var symbols = command.Items("arguments").Select(SymbolOf).ToList();
        var write = IsGuarded(command) ? new Option<bool>("--write") { Description = "Unlocks it: sagas are read-only until told otherwise." } : null;
        Symbol[] all = write is null ? [.. symbols] : [.. symbols, write];
        var placed = string.Concat(symbols.OfType<Argument>().Select(a => $" {(a.Arity.MinimumNumberOfValues == 0 ? "" : a.Name.ToUpperInvariant())}".TrimEnd()));
        var line = $"gantry {noun} {verb}{placed}";
        var second = command.Text("grade") == "read" ? $"{line} -o json" : $"{line} --dry-run";
        var says = $"{command.Text("help")} Example: {line} | {second}";
        return IsWatchable(command)
            ? make.WatchableVerb(verb, says, (s, ct) => RunAsync(s, command, symbols, write, ct), all)
            : make.Verb(verb, says, (s, ct) => RunAsync(s, command, symbols, write, ct), all);
    }

    private static bool IsGuarded(JsonElement command) => command.Text("noun") == "saga" && command.Text("grade") != "read";

    // Lists only: one object is looked at again, and what changes something is not repeated.
    private static bool IsWatchable(JsonElement command) =>
        command.Text("grade") == "read" && command.Text("is_one") != "yes" && command.Items("columns").Any();

    private static Symbol SymbolOf(JsonElement argument)
    {
        var name = argument.Text("name");
        var help = argument.Text("help");
        var choices = argument.Items("choices").Select(JsonText.Plain).ToArray();
        if (argument.Text("is_switch") == "yes")
        {
            return new Option<bool>($"--{name}") { Description = help };
        }

        if (argument.Text("is_placed") == "yes")
        {
            // The arity is said and not inferred: inferring looks at the command, which does not have it yet.
            return argument.Text("is_required") == "yes"
                ? new Argument<string?>(name) { Description = help, Arity = ArgumentArity.ExactlyOne }
                : new Argument<string?>(name) { Description = help, Arity = ArgumentArity.ZeroOrOne, DefaultValueFactory = _ => null };
        }

        var option = new Option<string?>($"--{name}") { Description = help };
        if (choices.Length > 0)
        {
            option.AcceptOnlyFromAmong(choices);
        }

        return option;
    }

    private static async Task<int> RunAsync(Session session, JsonElement command, List<Symbol> symbols, Option<bool>? write, CancellationToken ct)
    {
        var what = $"{command.Text("noun")} {command.Text("verb")}";
        if (write is not null && !session.IsDryRun && !session.Parsed.GetValue(write))
        {
            throw new CliException(ExitCodes.Usage, $"{what} changes something and is locked") { Why = ["nothing was done"], Next = "look with --dry-run, then add --write" };
        }

        using var client = ServedPalette.ClientOf(session, s_patience);
        var arguments = ArgumentsOf(session, symbols);
        var grade = command.Text("grade");
        var body = new JsonObject { ["arguments"] = arguments };
        if (session.IsWatching)
        {
            return await new PaletteWatch(session, ColumnsOf(session, command), MostOf(session, arguments)).RunAsync(
                async c => [.. (await client.PostAsync(PathOf(command), body.DeepClone(), c).ConfigureAwait(false)).Body.Items("rows")], ct).ConfigureAwait(false);
        }

        if (session.IsDryRun)
        {
            body["dry_run"] = true;
        }
        else if (grade is "disruptive" or "irreversible")
        {
            body["confirm"] = await ConfirmedAsync(session, client, command, arguments, ct).ConfigureAwait(false);
        }

        var answer = (await client.PostAsync(PathOf(command), body, ct).ConfigureAwait(false)).Body;
        Write(session, command, answer);
        return answer.Text("difference") == "yes" ? ExitCodes.Difference : ExitCodes.Ok;
    }

    private static string PathOf(JsonElement command) => $"/admin/palette/{command.Text("noun")}/{command.Text("verb")}";

    // The effects first, from a dry run; then the yes, or the target's own name.
    private static async Task<string> ConfirmedAsync(Session session, GantryClient client, JsonElement command, JsonObject arguments, CancellationToken ct)
    {
        var look = new JsonObject { ["arguments"] = arguments.DeepClone(), ["dry_run"] = true };
        var seen = (await client.PostAsync(PathOf(command), look, ct).ConfigureAwait(false)).Body;
        var effects = seen.Items("effects").Select(JsonText.Plain).ToList();
        var what = $"{command.Text("noun")} {command.Text("verb")}";
        if (command.Text("grade") == "disruptive")
        {
            session.Confirm(what, effects);
            return "yes";
        }

        var name = (string?)arguments[command.Text("target")] ?? "";
        session.ConfirmName($"{what} {name}", name, effects);
        return name;
    }

    private static JsonObject ArgumentsOf(Session session, List<Symbol> symbols)
    {
        var arguments = new JsonObject();
        foreach (var symbol in symbols)
        {
            switch (symbol)
            {
                case Argument<string?> placed when session.Parsed.GetValue(placed) is { } text:
                    arguments[placed.Name] = text;
                    break;
                case Option<string?> option when session.Parsed.GetValue(option) is { } text:
                    arguments[option.Name[2..]] = text;
                    break;
                case Option<bool> option when session.Parsed.GetValue(option):
                    arguments[option.Name[2..]] = true;
                    break;
            }
        }

        // --limit is a flag of every list: the node need not send more than is shown.
        if (session.Limit is { } limit && !arguments.ContainsKey("limit") && symbols.Exists(s => s.Name == "--limit"))
        {
            arguments["limit"] = limit.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        return arguments;
    }

    // A list's own --limit hides the flag of the same name.
    private static int? MostOf(Session session, JsonObject arguments) =>
        int.TryParse((string?)arguments["limit"], System.Globalization.CultureInfo.InvariantCulture, out var limit) ? limit : session.Limit;

    private static Column[] ColumnsOf(Session session, JsonElement command) =>
    [
        .. command.Items("columns").Select(c => c.Text("is_age") == "yes"
            ? Column.Age(session, c.Text("head"), c.Text("member"))
            : Column.Of(c.Text("head"), c.Text("member"))),
    ];

    private static void Write(Session session, JsonElement command, JsonElement answer)
    {
        var rows = answer.Items("rows").ToList();
        var isDry = answer.Text("dry_run") == "yes";
        foreach (var effect in answer.Items("effects").Select(JsonText.Plain))
        {
            session.Note(isDry ? $"would: {effect}" : effect);
        }

        if (isDry)
        {
            session.Note("dry run: nothing was done");
        }

        var columns = ColumnsOf(session, command);
        if (columns.Length == 0)
        {
            // A command without rows: programs get the whole answer.
            if (session.Format is OutputFormat.Json or OutputFormat.Yaml)
            {
                Table.WriteObject(session, answer, "effects", []);
            }

            return;
        }

        var nameOf = command.Items("columns").First().Text("member");
        if (command.Text("is_one") == "yes" && rows.Count == 1)
        {
            Table.WriteObject(session, rows[0], nameOf, columns);
            return;
        }

        if (rows.Count > 0 || session.Format is not (OutputFormat.Table or OutputFormat.Wide) || !answer.Items("effects").Any())
        {
            Table.WriteList(session, rows, columns, nameOf, WhenEmpty(command));
        }
    }

    // What a check counted says more than that its list of findings is empty; a list without rows says where to look next.
    private static string WhenEmpty(JsonElement command) => (command.Text("noun"), command.Text("verb")) switch
    {
        ("audit", "list") => "nobody has changed anything yet; what the rack does by itself: gantry event list",
        ("entity", "quarantined") => "no entity is quarantined",
        ("entity", "suspects") => "no entity was named by the watch-dog",
        ("mail", "list") => "no dead letters; what is on its way: gantry mail list --moving",
        ("saga", "list") => "no sagas; long work: gantry op list",
        (var noun, var verb) => $"{noun} {verb}: nothing",
    };
}
