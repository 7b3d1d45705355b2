using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>
/// Answers have the shapes of the Nexus document wherever it has the operation. Members of ours beside those of Nexus are allowed, a missing
/// or misfit one is not.
/// </summary>
[Collection(WorldGroup.Name)]
[Trait("spec", "ops/5")]
public sealed class WireShapeTests(World world)
{
    private const string Unknown = "not in the document";

    [SharedFolderFact]
    public async Task Every_read_that_Nexus_has_answers_in_its_shape()
    {
        var shapes = OpenApiShapes.Load("nexus.json");
        var problems = new List<string>();
        var compared = 0;
        using var admin = world.Host.As(world.Host.AdminToken);
        foreach (var operation in world.Operations.Where(o => o is { IsWrite: false, IsStream: false, Listener: ListenerKind.External }))
        {
            var path = world.PathOf(operation);
            if (!Has(shapes, "GET", path))
            {
                continue;
            }

            compared++;
            var answer = await admin.GetAsync(path);
            problems.AddRange(Problems(shapes, "GET", path, answer).Select(p => $"{operation.Id}: {p}"));
        }

        problems.ShouldBeEmpty();
        compared.ShouldBeGreaterThan(20);
    }

    [SharedFolderFact]
    public void Every_example_body_that_Nexus_has_is_one_that_it_takes()
    {
        var shapes = OpenApiShapes.Load("nexus.json");

        var problems = world.Operations
            .Where(o => o.Body is not null && Has(shapes, o.Method, world.PathOf(o)))
            .SelectMany(o => shapes.Request(o.Method, world.PathOf(o), World.BodyOf(o)).Select(p => $"{o.Id}: {p}"));

        problems.ShouldBeEmpty();
    }

    [SharedFolderFact]
    public async Task Writes_answer_in_the_shape_of_Nexus()
    {
        var shapes = OpenApiShapes.Load("nexus.json");
        await using var host = await ApiHost.StartAsync(ApiHost.OneRack());
        using var admin = host.As(host.AdminToken);
        var sled = await SledRegistrationTests.RegisterAsync(host, "BRM42220077");
        var me = (await admin.GetAsync("/v1/me").Expect(200)).Id;
        var problems = new List<string>();

        foreach (var (method, path, body) in Writes(sled, me))
        {
            var answer = await admin.SendAsync(method, path, body);
            answer.Status.ShouldBeLessThan(300, answer.ToString());
            problems.AddRange(Problems(shapes, method, path, answer).Select(p => $"{method} {path}: {p}"));
        }

        problems.ShouldBeEmpty();
    }

    [SharedFolderFact]
    public async Task Failures_answer_in_the_shape_of_Nexus()
    {
        var shapes = OpenApiShapes.Load("nexus.json");
        using var admin = world.Host.As(world.Host.AdminToken);
        using var nobody = world.Host.As(null);

        foreach (var answer in new[]
        {
            await admin.GetAsync("/v1/projects/no-such-thing"), await admin.PostAsync("/v1/projects", "{"), await nobody.GetAsync("/v1/projects"),
            await admin.PutAsync("/v1/projects/default", new { Description = "x" }, ("If-Match", "\"g99\"")),
        })
        {
            answer.Status.ShouldBeGreaterThanOrEqualTo(400);
            shapes.Value("Error", answer.Text).Where(p => !p.EndsWith(Unknown, StringComparison.Ordinal)).ShouldBeEmpty(answer.ToString());
        }
    }

    private static IEnumerable<(string Method, string Path, object? Body)> Writes(Guid sled, string me)
    {
        const string Pool = "/v1/system/ip-pools";
        const string Web = "/v1/instances/ws-web";
        var policy = new { RoleAssignments = new[] { new { IdentityId = me, IdentityType = "silo_user", RoleName = "admin" } } };
        return
        [
            ("POST", "/v1/projects", new { Name = "ws-p", Description = "" }),
            ("PUT", "/v1/projects/ws-p", new { Description = "changed" }),
            ("PUT", "/v1/projects/ws-p/policy", policy),
            ("POST", "/v1/system/silos", new
            {
                Name = "ws-s", Description = "", Discoverable = true, IdentityMode = "local_only", Quotas = new { Cpus = 8, Memory = 1L << 30, Storage = 1L << 30 },
            }),
            ("PUT", "/v1/system/silos/ws-s/quotas", new { Cpus = 9 }),
            ("PUT", "/v1/policy", policy),
            ("PUT", "/v1/system/policy", policy),
            ("POST", "/v1/system/identity-providers/local/users?silo=ws-s", new { ExternalId = "jo", Password = new { Mode = "login_disallowed" } }),
            ("POST", Pool, new { Name = "ws-pool", Description = "", IpVersion = "v4", PoolType = "multicast" }),
            ("PUT", $"{Pool}/ws-pool", new { Description = "changed" }),
            ("POST", $"{Pool}/ws-pool/ranges/add", new { First = "224.20.0.1", Last = "224.20.0.9" }),
            ("POST", $"{Pool}/ws-pool/silos", new { Silo = "default", IsDefault = false }),
            ("PUT", $"{Pool}/ws-pool/silos/default", new { IsDefault = true }),
            ("POST", "/v1/instances?project=default", new
            {
                Name = "ws-web", Description = "", Ncpus = 1, Memory = 1L << 30, Hostname = "ws-web", Start = false,
            }),
            ("PUT", $"{Web}?project=default", """
                {"ncpus": 2, "memory": 1073741824, "auto_restart_policy": null, "boot_disk": null, "cpu_platform": null, "enable_jumbo_frames": false}
                """),
            ("PUT", $"{Web}/multicast-groups/224.20.0.3?project=default", new { }),
            ("DELETE", $"{Web}/multicast-groups/224.20.0.3?project=default", null),
            ("PUT", $"/v1/system/hardware/sleds/{sled}/provision-policy", new { State = "non_provisionable" }),
            ("DELETE", $"{Web}?project=default", null),
            ("DELETE", $"{Pool}/ws-pool/silos/default", null),
            ("POST", $"{Pool}/ws-pool/ranges/remove", new { First = "224.20.0.1", Last = "224.20.0.9" }),
            ("DELETE", $"{Pool}/ws-pool", null),
            ("DELETE", "/v1/projects/ws-p", null),
        ];
    }

    private static bool Has(OpenApiShapes shapes, string method, string path) =>
        !shapes.Answer(method, path, 200, "{}").Any(p => p.EndsWith($" {Unknown}", StringComparison.Ordinal) && p.StartsWith(method, StringComparison.Ordinal));

    private static IEnumerable<string> Problems(OpenApiShapes shapes, string method, string path, ApiAnswer answer) =>
        shapes.Answer(method, path, answer.Status, answer.Text).Where(p => !(p.StartsWith('$') && p.EndsWith(Unknown, StringComparison.Ordinal)));
}
