using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gantry.Cli;

/// <summary><c>context</c>: list, use, add, remove, show.</summary>
internal static class ContextCommands
{
    public static Command Make(CommandMaker make)
    {
        var name = new Argument<string>("context") { Description = "The context's name." };
        var address = new Option<string>("--address") { Description = "Base address, for example http://127.0.0.1:8480.", Required = true };
        var tokenFile = new Option<string?>("--token-file") { Description = "File that holds the token." };
        var tokenEnv = new Option<string?>("--token-env") { Description = "Environment variable that holds the token." };
        var project = new Option<string?>("--project") { Description = "Project used where none is named." };
        var admin = new Option<string?>("--admin") { Description = "Address of the admin listener; else two ports on." };
        var isProtected = new Option<bool>("--protected") { Description = "Whatever disrupts asks for the context's name." };
        return make.Noun(
            "context",
            "Where and as whom to call.",
            make.Verb("list", "Contexts of the file. Example: gantry context list | gantry context list -o name", (s, _) => List(s)),
            make.Verb("show", "The context in use. Example: gantry context show | gantry --context rack1 context show", (s, _) => Show(s)),
            make.Verb("use", "Makes a context the current one. Example: gantry context use rack1 | gantry context use demo", (s, _) => Use(s, s.Parsed.GetRequiredValue(name)), name),
            make.Verb(
                "add",
                "Adds or changes a context. Example: gantry context add demo --address http://127.0.0.1:8480 --token-file t | gantry context add rack1 --address https://rack1:8480 --token-env RACK1_TOKEN --protected",
                (s, _) => Add(s, s.Parsed.GetRequiredValue(name), new Dictionary<string, string?>(StringComparer.Ordinal)
                {
                    ["address"] = Contexts.AddressOf(s.Parsed.GetRequiredValue(address), "--address").ToString(),
                    ["token"] = s.Parsed.GetValue(tokenFile) is { } file ? $"file:{Path.GetFullPath(file)}"
                        : s.Parsed.GetValue(tokenEnv) is { } variable ? $"env:{variable}" : null,
                    ["project"] = s.Parsed.GetValue(project),
                    ["admin"] = s.Parsed.GetValue(admin) is { } place ? Contexts.AddressOf(place, "--admin").ToString() : null,
                    ["protected"] = s.Parsed.GetValue(isProtected) ? "true" : null,
                }),
                name, address, tokenFile, tokenEnv, project, admin, isProtected),
            make.Verb("remove", "Removes a context. Example: gantry context remove demo | gantry context rm demo", (s, _) => Remove(s, s.Parsed.GetRequiredValue(name)), name));
    }

    private static Task<int> List(Session session)
    {
        var file = ContextFile.Load(session.Host.ConfigPath);
        var rows = file.Entries.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => Row(
            e.Key, e.Value.GetValueOrDefault("address"), e.Value.GetValueOrDefault("token"), e.Key == file.Current)).ToList();
        Table.WriteList(session, rows, s_columns, "name", "no contexts; add one: gantry context add NAME --address URL --token-file PATH");
        return Task.FromResult(ExitCodes.Ok);
    }

    private static Task<int> Show(Session session)
    {
        var context = session.Context;
        var used = session.Host.Environment("GANTRY_TOKEN") is null ? context.TokenReference : "env:GANTRY_TOKEN"; // as Contexts resolves it
        Table.WriteObject(session, Row(context.Name, context.Address.ToString(), used, isCurrent: true), "name", s_columns);
        return Task.FromResult(ExitCodes.Ok);
    }

    private static Task<int> Use(Session session, string name)
    {
        var file = ContextFile.Load(session.Host.ConfigPath);
        Contexts.OfFile(file, name);
        (file with { Current = name }).Save(session.Host.ConfigPath);
        session.Note($"context {name} is now the current one");
        return Task.FromResult(ExitCodes.Ok);
    }

    private static Task<int> Add(Session session, string name, Dictionary<string, string?> values)
    {
        if (Primitives.ObjectName.WhyNot(name) is { } why)
        {
            throw new CliException(ExitCodes.Usage, $"\"{name}\" is no name for a context") { Why = [why] };
        }

        var file = ContextFile.Load(session.Host.ConfigPath);
        var entry = values.Where(v => v.Value is not null).ToDictionary(v => v.Key, v => v.Value ?? "", StringComparer.Ordinal);
        var entries = new Dictionary<string, IReadOnlyDictionary<string, string>>(file.Entries, StringComparer.Ordinal) { [name] = entry };
        new ContextFile(file.Current ?? name, entries).Save(session.Host.ConfigPath);
        session.Note($"context {name} is in {session.Host.ConfigPath}");
        return Task.FromResult(ExitCodes.Ok);
    }

    private static Task<int> Remove(Session session, string name)
    {
        var file = ContextFile.Load(session.Host.ConfigPath);
        var entries = new Dictionary<string, IReadOnlyDictionary<string, string>>(file.Entries, StringComparer.Ordinal);
        var isGone = entries.Remove(name);
        new ContextFile(file.Current == name ? null : file.Current, entries).Save(session.Host.ConfigPath);
        session.Note(isGone ? $"context {name} is removed" : $"there was no context {name}");
        return Task.FromResult(ExitCodes.Ok);
    }

    private static readonly Column[] s_columns =
    [
        Column.Of("NAME", "name"), Column.Of("CURRENT", "current"), Column.Of("ADDRESS", "address"), Column.Of("TOKEN", "token"),
    ];

    private static JsonElement Row(string name, string? address, string? token, bool isCurrent) => JsonSerializer.SerializeToElement(
        new JsonObject { ["name"] = name, ["current"] = isCurrent, ["address"] = address, ["token"] = token }, CliJson.Default.JsonNode);
}
