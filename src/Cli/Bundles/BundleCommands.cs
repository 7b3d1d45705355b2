using System.CommandLine;
using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gantry.Client;

namespace Gantry.Cli;

/// <summary><c>bundle</c>: create, inspect. A file for whoever helps, with what the system said of itself and without secrets.</summary>
internal static class BundleCommands
{
    private const string Ending = ".json";
    private const string About = "about";

    public static Command Make(CommandMaker make)
    {
        var to = new Argument<string?>("file") { Description = "The file to make; else one named for the time, here.", DefaultValueFactory = _ => null };
        var from = new Argument<string>("file") { Description = "A bundle." };
        return make.Noun(
            "bundle",
            "Support bundles: what the system says of itself, in one file, secrets removed.",
            make.Verb(
                "create", "Makes one. Example: gantry bundle create | gantry bundle create /tmp/rack1.zip --dry-run",
                (s, ct) => CreateAsync(s, s.Parsed.GetValue(to), ct), to),
            make.Verb(
                "inspect", "What is in one; asks nobody. Example: gantry bundle inspect rack1.zip | gantry bundle inspect rack1.zip -o json",
                (s, ct) => InspectAsync(s, s.Parsed.GetRequiredValue(from), ct), from));
    }

    private static async Task<int> CreateAsync(Session session, string? file, CancellationToken ct)
    {
        var now = session.Host.Clock.GetUtcNow();
        file ??= $"gantry-bundle-{now.UtcDateTime.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}.zip";
        if (session.IsDryRun)
        {
            session.Host.Out.WriteLine($"would: write {file} with {string.Join(", ", BundleParts.All.Select(p => p.Name))}");
            session.Note("dry run: nothing was done");
            return ExitCodes.Ok;
        }

        var parts = await ReadAsync(session, ct).ConfigureAwait(false);
        var missing = parts.Where(p => p.Why is not null).ToList();
        parts.Insert(0, (About, AboutOf(session, now, missing), null));
        await WriteAsync(file, parts, ct).ConfigureAwait(false);
        missing.ForEach(p => session.Note($"  without {p.Name}: {p.Why}"));
        session.Note($"{parts.Count - missing.Count} parts, secrets removed; look before you send it: gantry bundle inspect {file}");
        session.Host.Out.WriteLine(file);
        return ExitCodes.Ok;
    }

    // What cannot be had is named: a system that is not well is what bundles are made of. Where nobody answers there is nothing to keep.
    private static async Task<List<(string Name, JsonNode? Value, string? Why)>> ReadAsync(Session session, CancellationToken ct)
    {
        var parts = new List<(string Name, JsonNode? Value, string? Why)>();
        GantryUnreachableException? away = null;
        foreach (var part in BundleParts.All)
        {
            try
            {
                parts.Add((part.Name, await part.ReadAsync(session, ct).ConfigureAwait(false), null));
            }
            catch (GantryException e)
            {
                parts.Add((part.Name, null, BundleSecrets.Without(e.Message)));
            }
            catch (GantryUnreachableException e)
            {
                away = e;
                parts.Add((part.Name, null, e.Message));
            }
        }

        return away is null || parts.Exists(p => p.Why is null) ? parts : throw away;
    }

    private static JsonObject AboutOf(Session session, DateTimeOffset now, List<(string Name, JsonNode? Value, string? Why)> missing) => new()
    {
        ["made"] = now.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
        ["client"] = VersionCommand.Version,
        ["address"] = session.Context.Address.ToString(),
        ["rows_max"] = BundleParts.RowsMax,
        ["missing"] = new JsonObject(missing.Select(p => KeyValuePair.Create(p.Name, (JsonNode?)JsonValue.Create(p.Why)))),
    };

    private static async Task WriteAsync(string file, List<(string Name, JsonNode? Value, string? Why)> parts, CancellationToken ct)
    {
        var how = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            var stream = new FileStream(file, how);
            await using var scope = stream.ConfigureAwait(false);
            using var zip = new ZipArchive(stream, ZipArchiveMode.Create);
            foreach (var part in parts.Where(p => p.Why is null))
            {
                var entry = zip.CreateEntry(part.Name + Ending);
                var content = await entry.OpenAsync(ct).ConfigureAwait(false);
                await using var contentScope = content.ConfigureAwait(false);
                await JsonSerializer.SerializeAsync(content, part.Value, CliJson.Indented.JsonNode, ct).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CliException(ExitCodes.Usage, $"the bundle cannot be written: {e.Message}") { Next = "name another file: gantry bundle create FILE" };
        }
    }

    private static async Task<int> InspectAsync(Session session, string file, CancellationToken ct)
    {
        var rows = new List<JsonElement>();
        try
        {
            var stream = File.OpenRead(file);
            await using var scope = stream.ConfigureAwait(false);
            using var zip = new ZipArchive(stream, ZipArchiveMode.Read);
            foreach (var entry in zip.Entries)
            {
                var content = await entry.OpenAsync(ct).ConfigureAwait(false);
                await using var contentScope = content.ConfigureAwait(false);
                using var document = await JsonDocument.ParseAsync(content, cancellationToken: ct).ConfigureAwait(false);
                rows.Add(RowOf(entry, document.RootElement));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or JsonException or ArgumentException)
        {
            throw new CliException(e is FileNotFoundException ? ExitCodes.NotFound : ExitCodes.Usage, $"\"{file}\" is no bundle that can be read: {e.Message}")
            {
                Next = "gantry bundle create makes one",
            };
        }

        Table.WriteList(session, rows, s_columns, "part", "the file is empty");
        return ExitCodes.Ok;
    }

    private static readonly Column[] s_columns =
        [Column.Of("PART", "part"), Column.Of("ITEMS", "items"), Column.Of("BYTES", "bytes"), Column.Of("WHAT", "what")];

    private static JsonElement RowOf(ZipArchiveEntry entry, JsonElement content) => JsonSerializer.SerializeToElement(
        new JsonObject
        {
            ["part"] = Path.GetFileNameWithoutExtension(entry.FullName),
            ["items"] = content.ValueKind switch
            {
                JsonValueKind.Array => content.GetArrayLength(),
                JsonValueKind.Object when content.Items("items").Any() => content.Items("items").Count(),
                JsonValueKind.Object when content.Items("rows").Any() => content.Items("rows").Count(),
                _ => null,
            },
            ["bytes"] = entry.Length,
            ["what"] = WhatOf(entry, content),
        },
        CliJson.Default.JsonNode);

    private static string? WhatOf(ZipArchiveEntry entry, JsonElement content)
    {
        if (Path.GetFileNameWithoutExtension(entry.FullName) != About || content.ValueKind is not JsonValueKind.Object)
        {
            return null;
        }

        var missing = content.Member("missing") is { ValueKind: JsonValueKind.Object } all ? all.EnumerateObject().Select(m => m.Name).ToList() : [];
        return $"made {content.Text("made")} of {content.Text("address")}{(missing.Count == 0 ? "" : $", without {string.Join(", ", missing)}")}";
    }
}
