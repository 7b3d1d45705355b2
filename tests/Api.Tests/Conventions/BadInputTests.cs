using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>
/// Bad input of every sort to every mapped operation that takes it: the status and code of the specs, a message that says what and why, the
/// next step, and nothing changed.
/// </summary>
[Collection(WorldGroup.Name)]
[Trait("spec", "ops/5")]
public sealed class BadInputTests(World world)
{
    private static readonly string s_unknownId = "0a0a0a0a-0000-4000-8000-000000000001";

    // Without a record "setup required" comes first, whatever the rack (trust-quorum 5.3); a rack without a record has an empty history.
    private static readonly HashSet<string> s_askForSetupFirst =
    [
        "rack_membership_add_sleds", "rack_membership_remove", "rack_membership_recover", "rack_membership_lrtq_upgrade", "rack_sleds_add",
        "rack_membership_history",
    ];

    private static IEnumerable<Sort> Sorts =>
    [
        new("malformed JSON", WithBody, (w, o) => [new(w.PathOf(o), "{\"name\": ")], 400, [null]),
        new("no object", WithBody, (w, o) => [new(w.PathOf(o), "[1]")], 400, [null]),
        new("repeated member", WithBody, (w, o) => [new(w.PathOf(o), "{\"a\": 1, \"a\": 2}")], 400, [null]),
        new("unknown member", WithBody, (w, o) => [new(w.PathOf(o), With(o, "no_such_member", 1), "no_such_member")], 400, ["InvalidRequest"]),
        new("wrong type", WithBody, WrongTypes, 400, [null]),
        new("number out of range", WithBody, HugeNumbers, 400, [null]),
        new("over-long name", WithBody, LongNames, 400, ["InvalidRequest", "InvalidValue", null]),
        new("missing member", WithBody, Missing, 400, [null]),
        new("body over the limit", WithBody, (w, o) => [new(w.PathOf(o), $"{{\"description\": \"{new string('x', ApiLimits.BodyBytesMax)}\"}}")], 400, [null]),
        new("unknown query parameter", _ => true, (w, o) => [new(w.PathOf(o, "no_such=1"), World.BodyOf(o), "no_such")], 400, ["InvalidRequest"]),
        new("limit of zero", IsList, (w, o) => [new(w.PathOf(o, "limit=0"), null, "limit")], 400, [null]),
        new("limit that is none", IsList, (w, o) => [new(w.PathOf(o, "limit=-1"), null, "limit")], 400, [null]),
        new("unknown order", IsList, (w, o) => [new(w.PathOf(o, "sort_by=size"), null, "sort_by")], 400, [null]),
        new("unknown filter field", IsList, (w, o) => [new(w.PathOf(o, "filter=no_such=1"), null, "no_such")], 400, ["InvalidRequest"]),
        new("malformed filter", IsList, (w, o) => [new(w.PathOf(o, "filter=abc"), null, "filter")], 400, ["InvalidRequest"]),
        new("over-long path segment", o => !o.Parameters.IsEmpty, LongSegments, 400, [null, "InvalidRequest"]),
        new("id that is none", o => o.Parameters.Any(p => p.Form is PathForm.Id), NoIds, 400, [null]),
        new("unknown id", o => o.Parameters.Any(p => p.Form is not PathForm.Text) && o.Listener is ListenerKind.External && !s_askForSetupFirst.Contains(o.Id), UnknownIds, 404, ["ObjectNotFound", "Not Found"]),
        new("If-Match that is none", o => o.IsWrite, (w, o) => [new(w.PathOf(o), World.BodyOf(o)) { Header = ("If-Match", "\"x\"") }], 400, ["InvalidRequest"]),
        new("api-version that is none", _ => true, (w, o) => [new(w.PathOf(o), World.BodyOf(o)) { Header = ("api-version", "soon") }], 400, [null]),
        new("over-long idempotency key", o => o.Method == "POST",
            (w, o) => [new(w.PathOf(o), World.BodyOf(o)) { Header = ("Idempotency-Key", new string('k', 65)) }], 400, ["InvalidRequest"]),
        new("dry_run that is none", o => o.IsWrite, (w, o) => [new(w.PathOf(o, "dry_run=maybe"), World.BodyOf(o), "dry_run")], 400, [null]),
    ];

    public static TheoryData<string> SortNames => [.. Sorts.Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(SortNames))]
    public async Task Bad_input_is_refused_by_every_operation_and_nothing_changes(string name)
    {
        var sort = Sorts.Single(s => s.Name == name);
        var before = await world.Host.PositionAsync();
        var failures = new List<string>();
        var tried = 0;
        foreach (var operation in world.Operations.Where(sort.Applies))
        {
            using var client = world.As(world.Host.AdminToken, operation);
            foreach (var bad in sort.Make(world, operation))
            {
                tried++;
                var answer = await client.SendAsync(operation.Method, bad.Path, bad.Body, bad.Header is { } header ? [header] : []);
                if (WhyWrong(sort, bad, answer) is { } why)
                {
                    failures.Add($"{operation.Id}: {why}; {answer}");
                }
            }
        }

        failures.ShouldBeEmpty();
        tried.ShouldBePositive();
        (await world.ChangesSinceAsync(before)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_page_token_from_elsewhere_is_refused_by_every_list()
    {
        using var admin = world.Host.As(world.Host.AdminToken);
        var token = (await admin.GetAsync("/v1/projects").Expect(200)).Member("next_page");
        var ownToken = (await admin.GetAsync("/v1/system/silos").Expect(200)).Member("next_page");
        using var other = world.Host.As(world.Tokens["viewer"]);
        var failures = new List<string>();

        foreach (var list in world.Operations.Where(o => IsList(o) && o.Id != "project_list"))
        {
            var answer = await admin.GetAsync(world.PathOf(list, $"page_token={token}"));
            if (answer.Status != 400 || answer.Body.Text("reason") != "BadPageToken" || answer.Body.Text("remedy") is null)
            {
                failures.Add($"{list.Id}: {answer}");
            }
        }

        failures.ShouldBeEmpty();
        await other.GetAsync($"/v1/system/silos?page_token={ownToken}").ExpectFailure(400, null, "BadPageToken");
    }

    [Fact]
    public async Task A_stale_ETag_is_412_with_the_present_object_wherever_the_object_has_one()
    {
        using var admin = world.Host.As(world.Host.AdminToken);
        var before = await world.Host.PositionAsync();
        var failures = new List<string>();
        var checkedOnes = new List<string>();
        foreach (var operation in world.Operations.Where(o => o.IsWrite && o.Listener is ListenerKind.External))
        {
            if (world.Operations.FirstOrDefault(o => o.Path == operation.Path && o.Method == "GET" && o.Sorts.IsEmpty) is not { } show)
            {
                continue;
            }

            var present = await admin.GetAsync(world.PathOf(show));
            if (present.Status != 200 || !present.Headers.TryGetValue("ETag", out var tag))
            {
                continue;
            }

            checkedOnes.Add(operation.Id);
            var answer = await admin.SendAsync(operation.Method, world.PathOf(operation), World.BodyOf(operation), ("If-Match", "\"g999999\""));
            var isRight = answer.Status == 412 && answer.Body.Text("error_code") == "PreconditionFailed"
                && answer.Body.TryGetProperty("present", out var shown) && IsSameObject(shown, present.Body)
                && answer.Headers.GetValueOrDefault("ETag") == tag && answer.Body.Text("remedy") is not null;
            if (!isRight)
            {
                failures.Add($"{operation.Id}: {answer}");
            }
        }

        failures.ShouldBeEmpty();
        checkedOnes.ShouldContain("project_update");
        checkedOnes.ShouldContain("instance_update");
        checkedOnes.ShouldContain("system_ip_pool_update");
        (await world.ChangesSinceAsync(before)).ShouldBeEmpty();
    }

    // Ages in it go on.
    private static bool IsSameObject(JsonElement one, JsonElement other) =>
        new[] { "id", "name", "silo_id", "generation" }.All(m => one.TryGetProperty(m, out var a) == other.TryGetProperty(m, out var b)
            && (a.ValueKind is JsonValueKind.Undefined || JsonElement.DeepEquals(a, b)));

    private static bool WithBody(Operation operation) => operation.Body is not null;

    private static bool IsList(Operation operation) => !operation.Sorts.IsEmpty;

    private static string? WhyWrong(Sort sort, Bad bad, ApiAnswer answer)
    {
        if (answer.Status != sort.Status)
        {
            return $"wanted {sort.Status}";
        }

        if (!sort.Codes.Contains(answer.Body.Text("error_code")))
        {
            return $"wanted error_code {string.Join(" or ", sort.Codes.Select(c => c ?? "absent"))}";
        }

        if (answer.Body.Text("request_id") is null || answer.Body.Text("request_id") != answer.Headers.GetValueOrDefault("x-request-id"))
        {
            return "request_id is not x-request-id";
        }

        if (answer.Body.Text("message") is not { Length: > 10 } message || (bad.Named is { } named && !message.Contains(named, StringComparison.Ordinal)))
        {
            return $"the message does not say what: {bad.Named}";
        }

        return answer.Body.Text("remedy") is null ? "no next step" : null;
    }

    private static string With(Operation operation, string member, JsonNode? value)
    {
        var body = World.BodyObject(operation);
        body[member] = value;
        return body.ToJsonString();
    }

    private static IEnumerable<JsonPropertyInfo> MembersOf(Operation operation) =>
        operation.Body!.Type.Properties.Where(BodyCheck.IsRead); // asked of those with a body

    private static IEnumerable<Bad> WrongTypes(World world, Operation operation) => MembersOf(operation).Select(m =>
    {
        var type = Nullable.GetUnderlyingType(m.PropertyType) ?? m.PropertyType;
        JsonNode wrong = type == typeof(string) || type == typeof(Guid) || type == typeof(DateTimeOffset) || type == typeof(bool)
            ? JsonValue.Create(7)
            : JsonValue.Create("seven");
        return new Bad(world.PathOf(operation), With(operation, m.Name, wrong), m.Name);
    });

    private static IEnumerable<Bad> HugeNumbers(World world, Operation operation) => MembersOf(operation)
        .Where(m => (Nullable.GetUnderlyingType(m.PropertyType) ?? m.PropertyType) is var t && (t == typeof(int) || t == typeof(long) || t == typeof(ushort)))
        .SelectMany(m => new[] { 1e40, 1.5 }.Select(n => new Bad(world.PathOf(operation), With(operation, m.Name, n), m.Name)));

    private static IEnumerable<Bad> LongNames(World world, Operation operation) => MembersOf(operation)
        .Where(m => m.Name is "name" or "external_id" or "silo" or "project")
        .Select(m => new Bad(world.PathOf(operation), With(operation, m.Name, new string('a', 64)), null));

    private static IEnumerable<Bad> Missing(World world, Operation operation) => MembersOf(operation).Where(m => m.IsRequired).Select(m =>
    {
        var body = World.BodyObject(operation);
        body.Remove(m.Name);
        return new Bad(world.PathOf(operation), body.ToJsonString(), m.Name);
    });

    private static IEnumerable<Bad> LongSegments(World world, Operation operation) => operation.Parameters
        .Select(p => new Bad(world.PathWith(operation, p.Name, new string('a', 300)), World.BodyOf(operation)));

    private static IEnumerable<Bad> NoIds(World world, Operation operation) => operation.Parameters.Where(p => p.Form is PathForm.Id)
        .Select(p => new Bad(world.PathWith(operation, p.Name, "Not-An-Id"), World.BodyOf(operation), p.Name));

    private static IEnumerable<Bad> UnknownIds(World world, Operation operation) => operation.Parameters.Where(p => p.Form is not PathForm.Text)
        .Select(p => new Bad(world.PathWith(operation, p.Name, p.Form is PathForm.Id ? s_unknownId : "no-such-thing", operation.IsWrite ? ["dry_run=true"] : []), World.BodyOf(operation)));

    private sealed record Bad(string Path, string? Body, string? Named = null)
    {
        public (string Name, string Value)? Header { get; init; }
    }

    private sealed record Sort(
        string Name, Func<Operation, bool> Applies, Func<World, Operation, IEnumerable<Bad>> Make, int Status, string?[] Codes);
}
