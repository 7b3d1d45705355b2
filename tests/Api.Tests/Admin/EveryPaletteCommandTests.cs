using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gantry.Cli;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>
/// What holds for every command of the served palette, those included that are added tomorrow: they are fetched as a client fetches them
/// (engine 10.4, operator-experience 2.1).
/// </summary>
[Trait("spec", "engine/10.4")]
public sealed class EveryPaletteCommandTests(PaletteFixture fixture) : IClassFixture<PaletteFixture>
{
    // Nothing has these names: a command that acts on them is refused, so that running every one of them harms nobody.
    private static readonly Dictionary<string, string> s_nobody = new(StringComparer.Ordinal)
    {
        ["entity"] = "ip-pool/nowhere", ["id"] = "1.2.3", ["to"] = "ip-pool/nowhere", ["file"] = "/nowhere/at/all.db", ["space"] = "nowhere",
    };

    // Without a target, and harmless on a node of this test's own.
    private static readonly string[] s_harmless = ["view rebuild", "store adopt"];

    private ApiHost Host => fixture.Host;

    private List<JsonElement> Commands => fixture.Commands;

    [Fact]
    public void Each_says_what_it_does_what_it_takes_and_what_it_shows()
    {
        Commands.Count.ShouldBeGreaterThan(30);
        foreach (var command in Commands)
        {
            var name = NameOf(command);
            Text(command, "help").ShouldEndWith(".", Case.Sensitive, name);
            Text(command, "help").Length.ShouldBeLessThanOrEqualTo(140, name);
            Text(command, "grade").ShouldBeOneOf(["read", "reversible", "disruptive", "irreversible"], name);
            foreach (var argument in Items(command, "arguments"))
            {
                Text(argument, "help").ShouldNotBeNullOrWhiteSpace($"{name} {Text(argument, "name")}");
            }

            foreach (var column in Items(command, "columns"))
            {
                Text(column, "head").ShouldBe(Text(column, "head").ToUpperInvariant(), name);
                Text(column, "member").ShouldBe(Text(column, "member").ToLowerInvariant(), name);
            }

            if (Text(command, "grade") == "read")
            {
                Items(command, "columns").ShouldNotBeEmpty(name);
            }

            if (Text(command, "grade") == "irreversible")
            {
                Items(command, "arguments").ShouldContain(a => Text(a, "name") == Text(command, "target") && a.GetProperty("is_required").GetBoolean(), name);
            }
        }
    }

    [Fact]
    public async Task Each_has_a_help_of_one_screen_with_examples()
    {
        foreach (var command in Commands)
        {
            var run = await CliRun.OfAsync(Host, $"{NameOf(command)} --help");

            run.ExitCode.ShouldBe(0, NameOf(command));
            run.Out.Split('\n').Length.ShouldBeLessThanOrEqualTo(25, NameOf(command));
            run.Out.ShouldContain($"  gantry {NameOf(command)}", Case.Sensitive);
        }
    }

    [Fact]
    public async Task Each_wants_a_fleet_admin()
    {
        var viewer = await Host.UserAsync("vera", fleetRole: "viewer");
        foreach (var command in Commands)
        {
            (await RunAsync(command, Body(command, dry: true), token: null)).Status.ShouldBe(HttpStatusCode.Unauthorized, NameOf(command));
            (await RunAsync(command, Body(command, dry: true), token: viewer)).Status.ShouldBe(HttpStatusCode.Forbidden, NameOf(command));
        }
    }

    [Fact]
    public async Task Each_refuses_arguments_that_it_does_not_have_or_lacks()
    {
        foreach (var command in Commands)
        {
            var odd = Body(command, dry: true);
            odd["arguments"]!["nonsense"] = "x";
            var answer = await RunAsync(command, odd);
            answer.Status.ShouldBe(HttpStatusCode.BadRequest, NameOf(command));
            Text(answer.Body, "message").ShouldContain("nonsense");

            foreach (var needed in Items(command, "arguments").Where(a => a.GetProperty("is_required").GetBoolean()))
            {
                var lacking = Body(command, dry: true);
                ((JsonObject)lacking["arguments"]!).Remove(Text(needed, "name"));
                (await RunAsync(command, lacking)).Status.ShouldBe(HttpStatusCode.BadRequest, NameOf(command));
            }

            foreach (var argument in Items(command, "arguments"))
            {
                foreach (var damaged in (JsonNode[])[new JsonArray(), new JsonObject(), JsonValue.Create(new string('x', 2_000)), JsonValue.Create("")])
                {
                    var body = Body(command, dry: true);
                    body["arguments"]![Text(argument, "name")] = damaged;
                    (await RunAsync(command, body)).Status.ShouldBe(HttpStatusCode.BadRequest, $"{NameOf(command)} {Text(argument, "name")}");
                }
            }
        }
    }

    [Fact]
    public async Task Each_that_looks_answers_in_JSON_or_says_what_is_not_there()
    {
        foreach (var command in Commands.Where(c => Text(c, "grade") == "read"))
        {
            var run = await CliRun.OfAsync(Host, $"{LineOf(command)} -o json");

            run.ExitCode.ShouldBeOneOf([0, ExitCodes.NotFound, ExitCodes.Refused], $"{LineOf(command)}: {run.Error}");
            if (run.ExitCode == 0)
            {
                JsonDocument.Parse(run.Out).RootElement.ValueKind.ShouldBeOneOf([JsonValueKind.Array, JsonValueKind.Object], LineOf(command));
            }
            else
            {
                run.Error.ShouldContain("request ", Case.Sensitive, LineOf(command));
            }
        }
    }

    [Fact]
    public async Task Each_that_changes_something_shows_its_effects_first_and_a_dry_run_changes_nothing()
    {
        var before = await Host.QuietJournalAsync();
        foreach (var command in Commands.Where(c => Text(c, "grade") != "read"))
        {
            var answer = await RunAsync(command, Body(command, dry: true));

            if (answer.Status == HttpStatusCode.OK)
            {
                Items(answer.Body, "effects").ShouldNotBeEmpty(NameOf(command));
                answer.Body.GetProperty("dry_run").GetBoolean().ShouldBeTrue(NameOf(command));
            }
            else
            {
                Text(answer.Body, "reason").ShouldNotBeNullOrEmpty(NameOf(command));
                Text(answer.Body, "message").ShouldNotBeNullOrEmpty(NameOf(command));
                ((int)answer.Status).ShouldBeInRange(400, 499, NameOf(command));
            }
        }

        (await Host.JournalAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task Each_that_disrupts_does_nothing_without_its_confirmation()
    {
        var before = await Host.QuietJournalAsync();
        foreach (var command in Commands.Where(c => Text(c, "grade") is "disruptive" or "irreversible"))
        {
            (await RunAsync(command, Body(command))).Status.ShouldBe(HttpStatusCode.PreconditionRequired, NameOf(command));
            var wrong = Body(command);
            wrong["confirm"] = "something else";
            (await RunAsync(command, wrong)).Status.ShouldBe(HttpStatusCode.PreconditionRequired, NameOf(command));
            if (Text(command, "grade") == "irreversible")
            {
                var yes = Body(command);
                yes["confirm"] = "yes";
                (await RunAsync(command, yes)).Status.ShouldBe(HttpStatusCode.PreconditionRequired, NameOf(command));
            }

            (await CliRun.OfAsync(Host, $"{LineOf(command)}{(Text(command, "noun") == "saga" ? " --write" : "")}")).ExitCode.ShouldNotBe(0, NameOf(command));
        }

        (await Host.JournalAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task Each_that_changes_something_is_in_the_audit_with_how_it_ended()
    {
        var ran = Commands.Where(c => Text(c, "grade") != "read")
            .Where(c => s_harmless.Contains(NameOf(c)) || Items(c, "arguments").Exists(a => a.GetProperty("is_required").GetBoolean())).ToList();
        foreach (var command in ran)
        {
            var body = Body(command);
            body["confirm"] = Text(command, "grade") == "irreversible" ? (string?)body["arguments"]![Text(command, "target")] : "yes";

            var answer = await RunAsync(command, body);

            ((int)answer.Status).ShouldBeLessThan(500, $"{NameOf(command)}: {answer.Body}");
            var line = await AuditAsync(answer.Request);
            Text(line, "command").ShouldBe(NameOf(command));
            Text(line, "caller").ShouldBe("admin");
            Text(line, "outcome").ShouldBe(answer.Status == HttpStatusCode.OK ? "done" : $"refused: {Text(answer.Body, "reason")}", NameOf(command));
        }

        ran.Count.ShouldBeGreaterThan(8);
    }

    private async Task<JsonElement> AuditAsync(string request)
    {
        var list = Commands.Single(c => NameOf(c) == "audit list");
        return Items((await RunAsync(list, new JsonObject())).Body, "rows").Single(r => Text(r, "request") == request);
    }

    private static JsonObject Body(JsonElement command, bool dry = false)
    {
        var arguments = new JsonObject();
        foreach (var argument in Items(command, "arguments").Where(a => a.GetProperty("is_required").GetBoolean()))
        {
            arguments[Text(argument, "name")] = ValueOf(argument);
        }

        var body = new JsonObject { ["arguments"] = arguments };
        if (dry)
        {
            body["dry_run"] = true;
        }

        return body;
    }

    private static string LineOf(JsonElement command) => NameOf(command) + string.Concat(Items(command, "arguments")
        .Where(a => a.GetProperty("is_required").GetBoolean()).Select(a => $" {ValueOf(a)}"));

    private static string ValueOf(JsonElement argument) =>
        Items(argument, "choices") is [var first, ..] ? first.GetString()!
        : argument.GetProperty("is_number").GetBoolean() ? "1"
        : s_nobody.GetValueOrDefault(Text(argument, "name"), "nowhere");

    private async Task<(HttpStatusCode Status, JsonElement Body, string Request)> RunAsync(JsonElement command, JsonObject body) =>
        await RunAsync(command, body, Host.AdminToken);

    private async Task<(HttpStatusCode Status, JsonElement Body, string Request)> RunAsync(JsonElement command, JsonObject body, string? token)
    {
        using var http = Host.Client(token, Host.AdminListener);
        using var content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri($"/admin/palette/{Text(command, "noun")}/{Text(command, "verb")}", UriKind.Relative), content);
        var text = await answer.Content.ReadAsStringAsync();
        return (answer.StatusCode, JsonDocument.Parse(text).RootElement, answer.Headers.GetValues("x-request-id").Single());
    }

    private static string NameOf(JsonElement command) => $"{Text(command, "noun")} {Text(command, "verb")}";

    private static string Text(JsonElement element, string member) => element.TryGetProperty(member, out var value) ? value.ToString() : "";

    private static List<JsonElement> Items(JsonElement element, string member) =>
        element.TryGetProperty(member, out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : [];
}

/// <summary>A node on SQLite and the palette that it serves.</summary>
public sealed class PaletteFixture : IAsyncLifetime
{
    internal ApiHost Host { get; private set; } = null!; // set before any test

    internal List<JsonElement> Commands { get; private set; } = [];

    public async Task InitializeAsync()
    {
        Host = await ApiHost.StartAsync(new Dictionary<string, string?>(ApiHost.OneRack()) { ["gantry:storage:kind"] = "sqlite" });
        using var http = Host.Client(Host.AdminToken, Host.AdminListener);
        var palette = await http.GetStringAsync(new Uri("/admin/palette", UriKind.Relative));
        Commands = [.. JsonDocument.Parse(palette).RootElement.GetProperty("commands").EnumerateArray()];
    }

    public async Task DisposeAsync() => await Host.DisposeAsync();
}
