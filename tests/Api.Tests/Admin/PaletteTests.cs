using System.Net;
using System.Text;
using System.Text.Json;
using Gantry.Cli;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>The admin palette over its own listener on a durable store: every command as an operator types it, and what it refuses.</summary>
[Trait("spec", "engine/10.4")]
public sealed class PaletteTests : IAsyncLifetime
{
    private RackHost _rack = null!; // set by InitializeAsync before any test runs

    public async Task InitializeAsync()
    {
        _rack = await RackHost.StartAsync(new RackHostOptions { Sleds = 1, Store = "sqlite" });
        await CliRun.TranscriptAsync(
            _rack.Node, null, "instance create web-1 --cpus 1 --memory 1GiB --wait -q", "pool create mcast", "pool range add mcast 239.1.0.1 239.1.0.9",
            "pool link mcast --default");
    }

    public async Task DisposeAsync() => await _rack.DisposeAsync();

    [OneNodeFact("the reviewed text names the store and the member of a node that is alone")]
    public async Task Looks_are_as_reviewed() => Golden.ShouldBeAsReviewed(
        await CliRun.TranscriptAsync(
            _rack.Node, null,
            "cluster show --columns PHASE,ENGINE,STORE,REJOINS",
            "entity show ip-pool/nowhere",
            "entity show nonsense",
            "entity events ip-pool/nowhere",
            "entity quarantined",
            "entity suspects",
            "mail list",
            "mail show 1.2.3",
            "mail show x",
            "mail list --to nonsense",
            "saga list --state stuck",
            "saga list --state odd",
            "saga show saga.none/1",
            "reconciler list --columns NAME,PAUSED",
            "reconciler show nowhere",
            "claim list nowhere",
            "claim show ip-pool-name nowhere",
            "view list --limit 3 --columns NAME",
            "view check -q",
            "view check nowhere",
            "journal verify -q",
            "journal tail --limit 0",
            "store check -q",
            "audit list --limit 0",
            "entity --help",
            "entity show --help",
            "entity show",
            "entity shwo x",
            "entitty show x"), "palette-looks");

    [Theory]
    [InlineData("cluster show")]
    [InlineData("entity quarantined")]
    [InlineData("mail list")]
    [InlineData("mail list --moving")]
    [InlineData("saga list")]
    [InlineData("reconciler list")]
    [InlineData("reconciler show multicast_reconciler")]
    [InlineData("view list")]
    [InlineData("view check")]
    [InlineData("claim list")]
    [InlineData("store show")]
    [InlineData("store check")]
    [InlineData("journal tail")]
    [InlineData("journal verify")]
    [InlineData("audit list")]
    public async Task Every_look_answers_as_table_and_as_JSON(string line)
    {
        var table = await CliRun.OfAsync(_rack.Node, line);
        var json = await CliRun.OfAsync(_rack.Node, $"{line} -o json");

        table.ExitCode.ShouldBe(0, table.Error);
        json.ExitCode.ShouldBe(0, json.Error);
        JsonDocument.Parse(json.Out).RootElement.ValueKind.ShouldBeOneOf(JsonValueKind.Array, JsonValueKind.Object);
    }

    [Fact]
    [Trait("spec", "engine/7")]
    public async Task Reconcilers_show_the_report_of_their_last_run()
    {
        const string name = "multicast_reconciler";
        (await CliRun.OfAsync(_rack.Node, $"reconciler nudge {name}")).ExitCode.ShouldBe(0);

        var report = default(JsonElement);
        await Gantry.Tests.Eventually.HoldsAsync(
            async () =>
            {
                var rows = JsonDocument.Parse((await CliRun.OfAsync(_rack.Node, $"reconciler list --filter name={name} -o json")).Out).RootElement;
                report = rows[0].GetProperty("report");
                return report.ValueKind == JsonValueKind.Object;
            },
            TimeSpan.FromSeconds(60),
            () => report);

        string[] members = ["disabled", "groups_created", "groups_deleted", "groups_verified", "members_processed", "members_deleted", "empty_groups_marked", "errors", "foreign", "foreign_count"];
        report.EnumerateObject().Select(m => m.Name).ShouldBe(members, report.ToString());

        // Each switch of the rack says which document it should hold and which it holds; the turn that was nudged read it back.
        var keys = default(JsonElement);
        await Gantry.Tests.Eventually.HoldsAsync(
            async () =>
            {
                keys = JsonDocument.Parse((await CliRun.OfAsync(_rack.Node, $"reconciler show {name} -o json")).Out).RootElement;
                return keys.GetArrayLength() > 0 && keys.EnumerateArray().All(k =>
                    k.GetProperty("wanted_generation") is { ValueKind: JsonValueKind.Number } wanted && wanted.GetInt64() > 0
                    && k.GetProperty("applied_generation").GetInt64() == wanted.GetInt64());
            },
            TimeSpan.FromSeconds(60),
            () => keys);
        (await CliRun.OfAsync(_rack.Node, $"reconciler show {name}")).Out.ShouldContain("WANTED");
    }

    [Fact]
    public async Task An_entity_is_looked_into_from_its_claim_to_its_state()
    {
        var claims = JsonDocument.Parse((await CliRun.OfAsync(_rack.Node, "claim list --limit 1000 -o json")).Out).RootElement.EnumerateArray().ToList();
        var claim = claims.Single(c => c.Text("value")!.EndsWith("mcast", StringComparison.Ordinal));
        var entity = claim.Text("holder")!;

        (await CliRun.OfAsync(_rack.Node, $"claim show {claim.Text("space")} {claim.Text("value")} -o json")).Out.ShouldContain(entity);
        (await CliRun.OfAsync(_rack.Node, $"entity show {entity}")).Out.ShouldContain("live");
        (await CliRun.OfAsync(_rack.Node, $"entity events {entity} -o tsv")).Out.Split('\n').Length.ShouldBeGreaterThan(2);
        (await CliRun.OfAsync(_rack.Node, $"entity events {entity} --after 1 --limit 1 -o json")).Out.ShouldContain("\"sequence\": 2");
        (await CliRun.OfAsync(_rack.Node, $"entity state {entity} -o json")).Out.ShouldContain("mcast");
        var reload = await CliRun.OfAsync(_rack.Node, $"entity reload {entity} --yes");
        reload.ExitCode.ShouldBe(0, reload.Error);
        (await CliRun.OfAsync(_rack.Node, "pool show mcast -o name")).Out.ShouldBe("mcast\n");
    }

    [Theory]
    [InlineData("viewer")]
    [InlineData("operator")]
    [InlineData(null)]
    public async Task Whoever_is_no_fleet_admin_gets_not_even_the_palette(string? role)
    {
        var token = await _rack.Node.UserAsync("eve", fleetRole: role);

        var run = await CliRun.OfAsync(_rack.Node, "entity quarantined", token: token);

        run.ExitCode.ShouldBe(ExitCodes.NotAllowed, run.Out);
        run.Error.ShouldContain("RoleTooLow");
        (await CliRun.OfAsync(_rack.Node, "entity quarantined", token: "gnt_wrong")).ExitCode.ShouldBe(ExitCodes.NotAllowed);
    }

    [Fact]
    public async Task A_dry_run_changes_nothing_and_an_unconfirmed_order_does_nothing()
    {
        var (dry, unconfirmed) = (default(CliRun)!, default(CliRun)!); // it runs at least once
        var (raw, wrongName) = (default(HttpStatusCode), default(HttpStatusCode));
        await _rack.WritesNothingAsync(async () =>
        {
            dry = await CliRun.OfAsync(_rack.Node, "reconciler pause multicast_reconciler --dry-run");
            unconfirmed = await CliRun.OfAsync(_rack.Node, "reconciler pause multicast_reconciler");
            raw = await PostAsync("/admin/palette/reconciler/pause", "{\"arguments\":{\"name\":\"multicast_reconciler\"}}");
            wrongName = await PostAsync("/admin/palette/mail/drop", "{\"arguments\":{\"id\":\"1.2.3\"},\"confirm\":\"yes\"}");
        });

        dry.ExitCode.ShouldBe(0, dry.Error);
        dry.Error.ShouldContain("nothing was done");
        unconfirmed.ExitCode.ShouldBe(ExitCodes.Usage);
        unconfirmed.Error.ShouldContain("add --yes");
        raw.ShouldBe(HttpStatusCode.PreconditionRequired);
        wrongName.ShouldBe(HttpStatusCode.PreconditionRequired);
        (await CliRun.OfAsync(_rack.Node, "reconciler list -o json")).Out.ShouldNotContain("\"paused\": true");
    }

    [Fact]
    public async Task What_changes_something_is_in_the_audit_with_caller_and_outcome()
    {
        (await CliRun.OfAsync(_rack.Node, "reconciler pause multicast_reconciler --yes")).ExitCode.ShouldBe(0);
        (await CliRun.OfAsync(_rack.Node, "reconciler list --filter name=multicast_reconciler -o json")).Out.ShouldContain("\"paused\": true");
        (await CliRun.OfAsync(_rack.Node, "reconciler resume multicast_reconciler")).ExitCode.ShouldBe(0);
        (await CliRun.OfAsync(_rack.Node, "reconciler nudge multicast_reconciler")).ExitCode.ShouldBe(0);

        var audit = JsonDocument.Parse((await CliRun.OfAsync(_rack.Node, "audit list -o json --filter command=reconciler*")).Out).RootElement.EnumerateArray().ToList();

        audit.Select(a => a.Text("command")).ShouldBe(["reconciler nudge", "reconciler resume", "reconciler pause"]);
        audit.ShouldAllBe(a => a.Text("caller") == "admin" && a.Text("address") == "127.0.0.1" && a.Text("outcome") != "asked");
    }

    [Fact]
    public async Task A_view_is_rebuilt_and_checks_clean()
    {
        var dry = await CliRun.OfAsync(_rack.Node, "view rebuild --dry-run");
        dry.ExitCode.ShouldBe(0, dry.Error);

        var run = await CliRun.OfAsync(_rack.Node, "view rebuild --yes");

        run.ExitCode.ShouldBe(0, run.Error);
        (await CliRun.OfAsync(_rack.Node, "view check")).ExitCode.ShouldBe(0);
        (await CliRun.OfAsync(_rack.Node, "pool list -o name")).Out.ShouldBe("mcast\n");
    }

    [OneNodeFact("a server is backed up by its own tools, and the command says so")]
    public async Task A_backup_is_written_beside_the_running_node_and_never_over_a_file()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("gantry-").FullName, "copy.db");
        (await CliRun.OfAsync(_rack.Node, $"store backup {file} --dry-run")).ExitCode.ShouldBe(0);
        File.Exists(file).ShouldBeFalse();

        (await CliRun.OfAsync(_rack.Node, $"store backup {file}")).ExitCode.ShouldBe(0);

        new FileInfo(file).Length.ShouldBeGreaterThan(0);
        (await CliRun.OfAsync(_rack.Node, $"store backup {file}")).ExitCode.ShouldBe(ExitCodes.Refused);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    [Fact]
    public async Task Irreversible_orders_want_the_target_typed_again()
    {
        var yes = await CliRun.OfAsync(_rack.Node, "mail drop 1.2.3 --yes");
        var wrong = await CliRun.OfAsync(_rack.Node, "mail drop 1.2.3 --confirm 1.2.4");
        var locked = await CliRun.OfAsync(_rack.Node, "saga retry saga.none/1");

        yes.ExitCode.ShouldNotBe(0);
        wrong.ExitCode.ShouldNotBe(0);
        locked.ExitCode.ShouldBe(ExitCodes.Usage);
        locked.Error.ShouldContain("--write");
    }

    [Theory]
    [InlineData("{", HttpStatusCode.BadRequest)]
    [InlineData("{\"argument\":{}}", HttpStatusCode.BadRequest)]
    [InlineData("{\"arguments\":{\"entity\":5}}", HttpStatusCode.BadRequest)]
    [InlineData("{\"arguments\":{\"entity\":[]}}", HttpStatusCode.BadRequest)]
    [InlineData("{\"arguments\":{\"other\":\"x\"}}", HttpStatusCode.BadRequest)]
    [InlineData("{}", HttpStatusCode.BadRequest)]
    [InlineData("{\"arguments\":{\"entity\":\"ip-pool/none\"}}", HttpStatusCode.NotFound)]
    public async Task Malformed_calls_are_refused(string body, HttpStatusCode status) =>
        (await PostAsync("/admin/palette/entity/show", body)).ShouldBe(status);

    [Fact]
    public async Task Listeners_do_not_serve_each_other()
    {
        using var http = Client(_rack.Node.AdminListener, _rack.Node.AdminToken);
        (await http.GetAsync(new Uri("/v1/projects", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await http.GetAsync(new Uri("/health/ready", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var nobody = Client(_rack.Node.AdminListener, null);
        (await nobody.GetAsync(new Uri("/health/live", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await nobody.GetAsync(new Uri("/metrics", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await nobody.GetAsync(new Uri("/admin/palette", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        using var external = Client(_rack.Node.External, _rack.Node.AdminToken);
        (await external.GetAsync(new Uri("/admin/palette", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Nobody_at_the_admin_address_is_exit_6() =>
        (await CliRun.OfAsync(null, "entity quarantined")).ExitCode.ShouldBe(ExitCodes.Unreachable);

    private async Task<HttpStatusCode> PostAsync(string path, string body)
    {
        using var http = Client(_rack.Node.AdminListener, _rack.Node.AdminToken);
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri(path, UriKind.Relative), content);
        return answer.StatusCode;
    }

    private static HttpClient Client(Uri address, string? token)
    {
        var http = new HttpClient { BaseAddress = address };
        if (token is not null)
        {
            http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        }

        return http;
    }
}
