using System.Text.Json;

namespace Gantry.Tests;

/// <summary>
/// Checks bodies against one of the published API documents. Answers are lists of problems, each with the place in the body;
/// none means that the shape is right.
/// </summary>
internal sealed class OpenApiShapes
{
    private readonly JsonElement _root;
    private readonly SchemaCheck _check;

    private OpenApiShapes(JsonElement root)
    {
        _root = root;
        _check = new SchemaCheck(root);
    }

    /// <summary>Reads <c>dpd.json</c>, <c>sled-agent.json</c>, <c>nexus.json</c>…</summary>
    public static OpenApiShapes Load(string file)
    {
        var folder = SharedFolder.OpenApi ?? throw new InvalidOperationException("use SharedFolderFact");
        return Parse(File.ReadAllText(Path.Combine(folder, file)));
    }

    /// <summary>Takes a document's text.</summary>
    public static OpenApiShapes Parse(string json) => new(JsonDocument.Parse(json).RootElement);

    /// <summary>Problems of a request: unknown path or method, missing or unknown query parameters, wrong body.</summary>
    public IReadOnlyList<string> Request(string method, string pathAndQuery, string? body)
    {
        var (path, query) = Split(pathAndQuery);
        if (Find(method, path) is not { } operation)
        {
            return [$"{method} {path} is not in the document"];
        }

        List<string> problems = [];
        CheckQuery(operation, query, problems);
        if (operation.TryGetProperty("requestBody", out var wanted))
        {
            if (string.IsNullOrEmpty(body))
            {
                problems.Add($"{method} {path} needs a body");
            }
            else if (Json(wanted) is { } schema)
            {
                _check.Run(schema, JsonDocument.Parse(body).RootElement, "$", problems);
            }
        }
        else if (!string.IsNullOrEmpty(body))
        {
            problems.Add($"{method} {path} takes no body");
        }

        return problems;
    }

    /// <summary>Problems of an answer: a status that the document does not name, or a wrong body.</summary>
    public IReadOnlyList<string> Answer(string method, string pathAndQuery, int status, string? body)
    {
        var path = Split(pathAndQuery).Path;
        if (Find(method, path) is not { } operation)
        {
            return [$"{method} {path} is not in the document"];
        }

        var responses = operation.GetProperty("responses");
        if (!responses.TryGetProperty(status.ToString(), out var response)
            && !responses.TryGetProperty($"{status / 100}XX", out response)
            && !responses.TryGetProperty("default", out response))
        {
            return [$"{method} {path} does not answer {status} in the document"];
        }

        response = _check.Resolve(response);
        if (Json(response) is not { } schema)
        {
            return string.IsNullOrEmpty(body) ? [] : [$"{method} {path} {status} has no body in the document"];
        }

        List<string> problems = [];
        _check.Run(schema, JsonDocument.Parse(body ?? "").RootElement, "$", problems);
        return problems;
    }

    /// <summary>Problems of a value against a named schema.</summary>
    public IReadOnlyList<string> Value(string schema, string json)
    {
        List<string> problems = [];
        var wanted = _root.GetProperty("components").GetProperty("schemas").GetProperty(schema);
        _check.Run(wanted, JsonDocument.Parse(json).RootElement, "$", problems);
        return problems;
    }

    private static (string Path, string Query) Split(string pathAndQuery)
    {
        var at = pathAndQuery.IndexOf('?', StringComparison.Ordinal);
        return at < 0 ? (pathAndQuery, "") : (pathAndQuery[..at], pathAndQuery[(at + 1)..]);
    }

    private static JsonElement? Json(JsonElement holder) =>
        holder.TryGetProperty("content", out var content)
        && content.TryGetProperty("application/json", out var media)
        && media.TryGetProperty("schema", out var schema) ? schema : null;

    private static void CheckQuery(JsonElement operation, string query, List<string> problems)
    {
        var given = query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=')[0]).ToHashSet(StringComparer.Ordinal);
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var parameter in operation.TryGetProperty("parameters", out var list) ? list.EnumerateArray() : default)
        {
            if (parameter.GetProperty("in").GetString() != "query")
            {
                continue;
            }

            var name = parameter.GetProperty("name").GetString()!;
            known.Add(name);
            if (parameter.TryGetProperty("required", out var required) && required.GetBoolean() && !given.Contains(name))
            {
                problems.Add($"query parameter {name} is missing");
            }
        }

        problems.AddRange(given.Except(known, StringComparer.Ordinal).Select(name => $"query parameter {name} is not in the document"));
    }

    // A literal path wins over one with parameters: /multicast/untagged and /multicast/{x} may both match.
    private JsonElement? Find(string method, string path)
    {
        JsonElement? found = null;
        var fewest = int.MaxValue;
        foreach (var candidate in _root.GetProperty("paths").EnumerateObject())
        {
            var parameters = candidate.Name.Count(c => c == '{');
            if (parameters < fewest && Matches(candidate.Name, path)
                && candidate.Value.TryGetProperty(method.ToLowerInvariant(), out var operation))
            {
                (found, fewest) = (operation, parameters);
            }
        }

        return found;
    }

    private static bool Matches(string template, string path)
    {
        var wanted = template.Trim('/').Split('/');
        var given = path.Trim('/').Split('/');
        return wanted.Length == given.Length
            && wanted.Zip(given).All(p => p.First.StartsWith('{') ? p.Second.Length > 0 : p.First == p.Second);
    }
}
