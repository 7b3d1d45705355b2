using System.Text.Json;
using System.Text.RegularExpressions;
using Gantry.Client;

namespace Gantry.Cli;

/// <summary>
/// Names of objects that answers refer to by id: people know an instance by its name and a sled by its serial. Tables show them, JSON stays
/// what the API said; so nothing is read for programs, and each list once a run.
/// </summary>
internal sealed partial class NameBook(Session session)
{
    private const string Projects = "/v1/projects";

    private readonly Dictionary<string, string> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _nameless = new(StringComparer.OrdinalIgnoreCase);
    private Named _read;

    /// <summary>Reads the names of these kinds, as far as the caller may see them.</summary>
    public Task ReadAsync(Named wanted, CancellationToken ct) => session.IsForPeople ? ReadMissingAsync(wanted & ~_read, ct) : Task.CompletedTask;

    /// <summary>Reads again when one of these ids is new; what has no name then is not asked for any more.</summary>
    public async Task LearnAsync(IEnumerable<string> ids, CancellationToken ct)
    {
        var unknown = ids.Where(id => !_names.ContainsKey(id) && _nameless.Add(id)).ToList();
        if (unknown.Count > 0)
        {
            var again = _read;
            _read = Named.None;
            await ReadAsync(again, ct).ConfigureAwait(false);
        }
    }

    /// <summary>The name for an id; null when it is not in the book.</summary>
    public string? Of(string id) => _names.GetValueOrDefault(id);

    /// <summary>The id of what a person named; an id, and what nobody knows, stays as it is.</summary>
    public async Task<string> IdOfAsync(string word, CancellationToken ct)
    {
        if (Guid.TryParse(word, out _))
        {
            return word;
        }

        await ReadMissingAsync(Named.All & ~_read, ct).ConfigureAwait(false);
        return _names.Where(n => string.Equals(n.Value, word, StringComparison.OrdinalIgnoreCase)).Select(n => n.Key).FirstOrDefault() ?? word;
    }

    /// <summary>A text with names for the ids in it; ids without a name are cut in the middle unless they are wanted whole.</summary>
    public string Say(string text, bool isWhole = false) => Id().Replace(text, id => Of(id.Value) ?? (isWhole ? id.Value : Ids.Short(id.Value)));

    /// <summary>A column of ids, or of texts with ids in them, said by name.</summary>
    public Column Column(string head, string path, bool isWide = false) =>
        new(head, row => Say(row.Text(path)), isWide) { WholeCell = row => Say(row.Text(path), isWhole: true) };

    private async Task ReadAsync(Named missing, Named kind, string path, string nameOf, CancellationToken ct)
    {
        if (!missing.HasFlag(kind))
        {
            return;
        }

        foreach (var one in await SeenAsync(path, ct).ConfigureAwait(false))
        {
            _names[one.Text("id")] = one.Text(nameOf);
        }
    }

    private async Task ReadMissingAsync(Named missing, CancellationToken ct)
    {
        _read |= missing;
        await ReadAsync(missing, Named.Sleds, SledCommands.Path, "baseboard.serial", ct).ConfigureAwait(false);
        await ReadAsync(missing, Named.Groups, GroupCommands.Path, "name", ct).ConfigureAwait(false);
        await ReadAsync(missing, Named.Pools, PoolCommands.Path, "name", ct).ConfigureAwait(false);
        await ReadAsync(missing, Named.Projects, Projects, "name", ct).ConfigureAwait(false);
        await ReadInEachAsync(missing, Named.Instances, Projects, $"{InstanceCommands.Path}?project=", "name", ct).ConfigureAwait(false);
        await ReadInEachAsync(missing, Named.Users, "/v1/system/silos", "/v1/system/users?silo=", "display_name", ct).ConfigureAwait(false);
        if (missing.HasFlag(Named.Switches))
        {
            foreach (var one in await SeenAsync(SwitchCommands.Path, ct).ConfigureAwait(false))
            {
                _names[one.Text("id")] = _names[$"{one.Text("rack_id")}-{one.Text("slot")}"] = $"switch{one.Text("slot")}";
            }
        }
    }

    private async Task ReadInEachAsync(Named missing, Named kind, string parents, string path, string nameOf, CancellationToken ct)
    {
        foreach (var parent in missing.HasFlag(kind) ? await SeenAsync(parents, ct).ConfigureAwait(false) : [])
        {
            await ReadAsync(missing, kind, path + parent.Text("id"), nameOf, ct).ConfigureAwait(false);
        }
    }

    // What the caller may not list has no names, which is no reason to show nothing.
    private async Task<List<JsonElement>> SeenAsync(string path, CancellationToken ct)
    {
        try
        {
            return await session.ListAllAsync(path, ct).ConfigureAwait(false);
        }
        catch (GantryException e) when (e.Problem.Status is 403 or 404)
        {
            return [];
        }
    }

    // A switch's key is its rack's id and its slot.
    [GeneratedRegex(@"\b[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(-\d+)?(?![\w-])", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Id();
}

/// <summary>Kinds of objects that have names.</summary>
[Flags]
internal enum Named
{
    None = 0,
    Sleds = 1,
    Instances = 2,
    Switches = 4,
    Groups = 8,
    Pools = 16,
    Projects = 32,
    Users = 64,
    All = Sleds | Instances | Switches | Groups | Pools | Projects | Users,
}
