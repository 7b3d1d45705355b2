using System.Text.Json;

namespace Gantry.Cli;

/// <summary>Writes what a change would do: sentences with names for people, the API's answer as it is for programs.</summary>
internal static class DryRun
{
    // What the engine calls a saga is an operation to whoever waits for it.
    private const string Saga = "saga.";

    public static async Task<int> WriteAsync(Session session, JsonElement effects, CancellationToken ct)
    {
        switch (session.Format)
        {
            case OutputFormat.Json:
                session.Host.Out.WriteLine(JsonSerializer.Serialize(effects, CliJson.Indented.JsonElement));
                break;
            case OutputFormat.Yaml:
                Yaml.Write(session.Host.Out, effects);
                break;
            default:
                await session.Names.ReadAsync(Named.All, ct).ConfigureAwait(false);
                Write(session, [.. effects.Items("effects")]);
                break;
        }

        session.Host.Error.WriteLine("dry run: nothing was done");
        return ExitCodes.Ok;
    }

    // Timers are how the system reminds itself: their number says enough.
    private static void Write(Session session, List<JsonElement> effects)
    {
        foreach (var (said, count) in effects.Where(e => !IsTimer(e)).Select(e => Said(session, e)).CountBy(e => e))
        {
            session.Host.Out.WriteLine($"would: {said}{(count > 1 ? $" ({count} times)" : "")}");
        }

        var timers = effects.Count(IsTimer);
        if (effects.Count == 0)
        {
            session.Note("it is so already: there is nothing to do");
        }
        else if (timers > 0)
        {
            session.Note($"and {timers} timer{(timers == 1 ? "" : "s")} for what has to be looked at later (-o json names all)");
        }
    }

    private static bool IsTimer(JsonElement effect) => effect.TextOrNull("kind") == "timer";

    private static string Said(Session session, JsonElement effect)
    {
        if (effect.ValueKind is not JsonValueKind.Object || effect.TextOrNull("what") is not { } what)
        {
            return JsonText.Plain(effect);
        }

        var self = ObjectOf(session, effect.Text("object"));
        var (first, rest) = Cut(what, ' ');
        return effect.Text("kind") switch
        {
            "change" => $"{self}: {FactOf(what)}",
            "message" => $"{self} tells {ObjectOf(session, effect.Text("to"))}: {FactOf(what)}",
            "activity" => $"{self} starts: {Words(what)}",
            "claim" => $"{self} takes {Words(first)} {ValueOf(session, rest)}",
            "release" => $"{self} gives up {Words(first)} {ValueOf(session, rest)}",
            "nudge" => $"{first} looks at {session.Names.Say(rest)}",
            _ => $"{self}: {Words(what)}",
        };
    }

    // kind/key, where the key is mostly an id.
    private static string ObjectOf(Session session, string address)
    {
        var (kind, key) = Cut(address, '/');
        return $"{(kind.StartsWith(Saga, StringComparison.Ordinal) ? $"operation {Words(kind[Saga.Length..])}" : Words(kind))} {session.Names.Say(key)}".TrimEnd();
    }

    // A claim's value is often scope/name; the scope is an id that says nothing when it has no name.
    private static string ValueOf(Session session, string value)
    {
        var (scope, name) = Cut(value, '/');
        return name.Length == 0 ? $"\"{session.Names.Say(value)}\"" : $"\"{session.Names.Say(name)}\" in {session.Names.Say(scope)}";
    }

    // The tag of a fact without its kind: instance.start-requested.
    private static string FactOf(string tag) => Words(tag[(tag.IndexOf('.', StringComparison.Ordinal) + 1)..]);

    private static string Words(string text) => text.Replace('-', ' ').Replace('_', ' ');

    private static (string First, string Last) Cut(string text, char at) =>
        text.IndexOf(at, StringComparison.Ordinal) is >= 0 and var place ? (text[..place], text[(place + 1)..]) : (text, "");
}
