using System.Net;
using System.Text.Json.Nodes;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>Sleds announce themselves on the internal listener and appear on the external one.</summary>
[Collection(ApiHostGroup.Name)]
public sealed class SledRegistrationTests(ApiHostFixture fixture)
{
    private ApiHost Host => fixture.Host;

    internal static JsonObject Announcement(string serial, long generation = 1) => new()
    {
        ["sa_address"] = "[fd00:1122:3344:101::1]:12345",
        ["repo_depot_port"] = 12348,
        ["role"] = "gimlet",
        ["baseboard"] = new JsonObject { ["serial"] = serial, ["part"] = "913-0000019", ["revision"] = 6 },
        ["usable_hardware_threads"] = 128,
        ["usable_physical_ram"] = 1099511627776,
        ["reservoir_size"] = 879609302220,
        ["cpu_family"] = "amd_milan",
        ["generation"] = generation,
        ["decommissioned"] = false,
    };

    internal static async Task<Guid> RegisterAsync(ApiHost host, string serial)
    {
        var id = Guid.NewGuid();
        using var client = host.InternalClient();
        using var answer = await client.PostAsync($"/sled-agents/{id}", Answers.Json(Announcement(serial).ToJsonString()));
        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent, await answer.Content.ReadAsStringAsync());
        return id;
    }

    [Fact]
    public async Task A_registered_sled_is_listed_and_shown_with_its_generation_as_ETag()
    {
        var id = await RegisterAsync(Host, "BRM42220101");
        using var client = Host.Client(Host.AdminToken);

        using var answer = await client.GetAsync($"/v1/system/hardware/sleds/{id}");

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var sled = await answer.JsonAsync();
        sled.GetProperty("baseboard").Text("serial").ShouldBe("BRM42220101");
        answer.Headers.ETag!.Tag.ShouldBe($"\"g{sled.GetProperty("generation").GetInt64()}\"");
        var all = await client.GetJsonAsync("/v1/system/hardware/sleds?limit=1000");
        all.GetProperty("items").EnumerateArray().Select(s => s.Text("id")).ShouldContain(id.ToString());
    }

    [Fact]
    public async Task An_agent_reads_back_what_is_stored_and_an_unknown_one_learns_that_it_never_registered()
    {
        var id = await RegisterAsync(Host, "BRM42220102");
        using var client = Host.InternalClient();

        var stored = await client.GetJsonAsync($"/sled-agents/{id}");
        using var unknown = await client.GetAsync($"/sled-agents/{Guid.NewGuid()}");

        stored.GetProperty("generation").GetInt64().ShouldBe(1);
        unknown.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_registration_that_is_not_newer_is_a_conflict()
    {
        var id = await RegisterAsync(Host, "BRM42220103");
        using var client = Host.InternalClient();

        using var answer = await client.PostAsync($"/sled-agents/{id}", Answers.Json(Announcement("BRM42220103").ToJsonString()));

        answer.StatusCode.ShouldBe(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task The_internal_listener_wants_a_version_and_ignores_unknown_members()
    {
        var body = Announcement("BRM42220104");
        body["added_next_year"] = true;
        using var without = Host.InternalClient(version: null);
        using var newer = Host.InternalClient("99.0.0");
        using var with = Host.InternalClient();

        (await without.GetAsync("/v1/ping")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await newer.GetAsync("/v1/ping")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await with.GetAsync("/v1/ping")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await with.PostAsync($"/sled-agents/{Guid.NewGuid()}", Answers.Json(body.ToJsonString()))).StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Neither_listener_serves_the_other_s_operations_whatever_the_Host_header_says()
    {
        using var external = Host.Client(Host.AdminToken);
        using var inner = Host.InternalClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/sled-agents/{Guid.NewGuid()}");
        request.Headers.Host = Host.Internal.Authority;
        request.Headers.Add("api-version", "1.0.0");

        (await external.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await inner.GetAsync("/v1/system/hardware/sleds")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_provision_policy_is_set_by_admins_only_and_answers_old_and_new()
    {
        var id = await RegisterAsync(Host, "BRM42220105");
        var path = $"/v1/system/hardware/sleds/{id}/provision-policy";
        using var admin = Host.Client(Host.AdminToken);
        using var viewer = Host.Client(await Host.UserAsync("policy-viewer", fleetRole: "viewer"));
        using var nobody = Host.Client(await Host.UserAsync("policy-nobody"));

        using var set = await admin.PutAsync(path, Answers.Json("{\"state\": \"non_provisionable\"}"));
        using var refused = await viewer.PutAsync(path, Answers.Json("{\"state\": \"provisionable\"}"));
        using var wrong = await admin.PutAsync(path, Answers.Json("{\"state\": \"sideways\"}"));

        (await set.JsonAsync()).ToString().ShouldBe("""{"old_state":"provisionable","new_state":"non_provisionable"}""");
        refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        wrong.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await nobody.GetAsync("/v1/system/hardware/sleds")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_stale_generation_is_412_and_changes_nothing()
    {
        var id = await RegisterAsync(Host, "BRM42220106");
        using var admin = Host.Client(Host.AdminToken);
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/v1/system/hardware/sleds/{id}/provision-policy")
        {
            Content = Answers.Json("{\"state\": \"non_provisionable\"}"),
        };
        request.Headers.Add("If-Match", "\"g999\"");

        using var answer = await admin.SendAsync(request);

        answer.StatusCode.ShouldBe(HttpStatusCode.PreconditionFailed);
        (await answer.JsonAsync()).Text("error_code").ShouldBe("PreconditionFailed");
        var sled = await admin.GetJsonAsync($"/v1/system/hardware/sleds/{id}");
        sled.GetProperty("policy").Text("provision_policy").ShouldBe("provisionable");
    }

    [Fact]
    public async Task A_scan_sees_every_sled_once_and_ends_with_an_empty_page()
    {
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add((await RegisterAsync(Host, $"BRM4222020{i}")).ToString());
        }

        using var client = Host.Client(Host.AdminToken);
        var seen = new List<string>();
        var path = "/v1/system/hardware/sleds?limit=2";
        while (true)
        {
            var page = await client.GetJsonAsync(path);
            var items = page.GetProperty("items").EnumerateArray().Select(s => s.Text("id")!).ToList();
            seen.AddRange(items);
            if (page.Text("next_page") is not { } token)
            {
                items.ShouldBeEmpty();
                break;
            }

            path = $"/v1/system/hardware/sleds?limit=2&page_token={Uri.EscapeDataString(token)}";
        }

        seen.ShouldBeUnique();
        seen.ShouldBe(seen.Order(StringComparer.Ordinal));
        ids.Except(seen).ShouldBeEmpty();
    }

    [SharedFolderFact]
    public async Task Answers_have_the_shape_of_the_published_document()
    {
        var id = await RegisterAsync(Host, "BRM42220107");
        var shapes = OpenApiShapes.Load("nexus.json");
        using var client = Host.Client(Host.AdminToken);
        string[] paths =
        [
            "/v1/ping", "/v1/system/hardware/racks", "/v1/system/hardware/racks/11111111-1111-4111-8111-111111111111",
            "/v1/system/hardware/sleds", $"/v1/system/hardware/sleds/{id}", $"/v1/system/hardware/sleds/{id}/instances",
            "/v1/system/hardware/switches", "/v1/system/hardware/sleds-uninitialized", "/v1/system/hardware/sleds/0a0a0a0a-0000-4000-8000-000000000001",
        ];

        var problems = new List<string>();
        foreach (var path in paths)
        {
            using var answer = await client.GetAsync(path);
            problems.AddRange(shapes.Answer("GET", path, (int)answer.StatusCode, await answer.Content.ReadAsStringAsync()).Select(p => $"{path}: {p}"));
        }

        // Objects may carry more members than the document has (operator-experience 5).
        problems.Where(p => !p.EndsWith(": not in the document", StringComparison.Ordinal)).ShouldBeEmpty();
    }
}
