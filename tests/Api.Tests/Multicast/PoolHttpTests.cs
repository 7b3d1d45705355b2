using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>IP pools over HTTP (multicast 2 and scenarios 18 to 27, 53).</summary>
public sealed class PoolHttpTests
{
    private const string Pools = "/v1/system/ip-pools";

    [Fact]
    [Trait("spec", "multicast/18")]
    [Trait("spec", "multicast/19")]
    [Trait("spec", "multicast/20")]
    [Trait("spec", "multicast/FIX-14")]
    public async Task Ranges_have_to_fit_their_pool()
    {
        await using var rack = await RackHost.StartAsync();
        await MakeAsync(rack, "multi", "multicast");
        await MakeAsync(rack, "multi6", "multicast", "v6");
        await MakeAsync(rack, "ssm", "multicast");
        await MakeAsync(rack, "uni", "unicast");

        await AddAsync(rack, "multi", "10.0.0.1", "10.0.0.9").ExpectFailure(400, "InvalidRequest");
        await AddAsync(rack, "uni", "224.1.0.1", "224.1.0.9").ExpectFailure(400, "InvalidRequest");
        await AddAsync(rack, "multi", "224.0.0.1", "224.0.0.9").ExpectFailure(400, "InvalidRequest", null, "link-local");
        await AddAsync(rack, "multi6", "ff02::1", "ff02::9").ExpectFailure(400, "InvalidRequest");
        await AddAsync(rack, "multi6", "ff04::1", "ff04::9").ExpectFailure(400, "InvalidRequest", null, "underlay");
        await AddAsync(rack, "multi", "223.0.0.0", "240.0.0.0").ExpectFailure(400, "InvalidRequest");
        await AddAsync(rack, "multi", "231.0.0.0", "233.0.0.0").ExpectFailure(400, "InvalidRequest", null, "ASM", "SSM");
        await AddAsync(rack, "multi", "239.1.0.9", "239.1.0.1").ExpectFailure(400, "InvalidRequest");
        await AddAsync(rack, "multi", "ff05::1", "ff05::9").ExpectFailure(400, "InvalidRequest");
        await AddAsync(rack, "multi", "239.1.0.1", "ff05::9").ExpectFailure(400, "InvalidRequest");
        await AddAsync(rack, "multi", "nonsense", "ff05::9").ExpectFailure(400, "InvalidRequest");
        await AddAsync(rack, "none", "239.1.0.1", "239.1.0.9").ExpectFailure(404, "ObjectNotFound");
        (await rack.Admin.ListAsync($"{Pools}/multi/ranges")).ShouldBeEmpty();

        var range = await AddAsync(rack, "multi", "233.1.0.0", "233.1.0.255").Expect(201);
        range.Body.GetProperty("range").Text("first").ShouldBe("233.1.0.0");
        await AddAsync(rack, "multi", "239.1.0.0", "239.1.0.255").Expect(201);
        await AddAsync(rack, "multi6", "ff05::", "ff05::ffff").Expect(201);
        await AddAsync(rack, "multi6", "ff0e::", "ff0e::ffff").Expect(201);
        await AddAsync(rack, "multi6", "ff04:0:0:1::", "ff04:0:0:1::ff").Expect(201);
        await AddAsync(rack, "multi", "232.1.0.0", "232.1.0.9").ExpectFailure(400, "InvalidRequest");
        await AddAsync(rack, "ssm", "232.1.0.0", "232.1.0.9").Expect(201);
        await AddAsync(rack, "ssm", "239.2.0.0", "239.2.0.9").ExpectFailure(400, "InvalidRequest");
        await AddAsync(rack, "ssm", "232.1.0.5", "232.1.0.15").ExpectFailure(400, "InvalidRequest");
        await rack.Admin.PostAsync($"{Pools}/ssm/ranges/remove", new { First = "232.1.0.0", Last = "232.1.0.8" }).ExpectFailure(400, "InvalidRequest");
        await rack.Admin.PostAsync($"{Pools}/ssm/ranges/remove", new { First = "232.1.0.0", Last = "232.1.0.9" }).Expect(204);
    }

    [Fact]
    public async Task Pools_are_made_changed_linked_and_deleted_with_generations_and_keys()
    {
        await using var rack = await RackHost.StartAsync();
        var key = ("Idempotency-Key", "pool-key-1");
        var body = new { Name = "p-one", Description = "first", IpVersion = "v4", PoolType = "multicast" };

        var made = await rack.Admin.PostAsync(Pools, body, key).Expect(201);
        var again = await rack.Admin.PostAsync(Pools, body, key).Expect(201);
        again.Id.ShouldBe(made.Id);
        again.Headers["idempotent-replayed"].ShouldBe("true");
        await rack.Admin.PostAsync(Pools, new { Name = "p-two", Description = "", PoolType = "multicast" }, key)
            .ExpectFailure(422, "IdempotencyKeyReused");
        await rack.Admin.PostAsync(Pools, body).ExpectFailure(400, "ObjectAlreadyExists");
        foreach (var bad in new object[]
        {
            new { Name = "Bad", Description = "" }, new { Name = "p", Description = "", PoolType = "anycast" }, new { Name = "p" },
            new { Name = "p", Description = "", IpVersion = "v5" }, new { Name = "p", Description = "", Colour = "red" },
            new { Name = new string('p', 64), Description = "" }, new { Name = "p", Description = new string('d', 513) },
        })
        {
            (await rack.Admin.PostAsync(Pools, bad)).Expect(400);
        }

        made.Member("assignment").ShouldBe("silos");
        var renamed = await rack.Admin.PutAsync($"{Pools}/p-one", new { Description = "second" }, ("If-Match", made.ETag)).Expect(200);
        renamed.Member("description").ShouldBe("second");
        await rack.Admin.PutAsync($"{Pools}/p-one", new { Description = "third" }, ("If-Match", made.ETag)).ExpectFailure(412, "PreconditionFailed");

        await rack.Admin.PostAsync($"{Pools}/p-one/silos", new { Silo = "default", IsDefault = true }).Expect(201);
        await rack.Admin.PostAsync($"{Pools}/p-one/silos", new { Silo = "default", IsDefault = false }).ExpectFailure(400, "ObjectAlreadyExists");
        (await rack.Admin.ListAsync($"{Pools}/p-one/silos")).ShouldHaveSingleItem().GetProperty("is_default").GetBoolean().ShouldBeTrue();
        (await rack.Admin.GetAsync("/v1/ip-pools/p-one")).Expect(200).Body.GetProperty("is_default").GetBoolean().ShouldBeTrue();
        (await rack.Admin.ListAsync("/v1/system/silos/default/ip-pools")).Count.ShouldBe(1);
        await rack.Admin.PutAsync($"{Pools}/p-one/silos/default", new { IsDefault = false }).Expect(200);
        await rack.Admin.PostAsync(Pools, new { Name = "p-sys", Description = "", PoolType = "multicast", Assignment = "system_services" }).Expect(201);
        (await rack.Admin.PostAsync($"{Pools}/p-sys/silos", new { Silo = "default", IsDefault = false })).Expect(400);
        await rack.Admin.GetAsync("/v1/ip-pools/p-sys").ExpectFailure(404, "ObjectNotFound");
        (await rack.Admin.ListAsync($"{Pools}?pool_type=multicast&assignment=silos")).Count.ShouldBe(1);

        await AddAsync(rack, "p-one", "224.9.0.0", "224.9.0.3").Expect(201);
        (await rack.Admin.GetAsync($"{Pools}/p-one/utilization").Expect(200)).Body.GetProperty("capacity").GetDouble().ShouldBe(4);
        await rack.Admin.DeleteAsync($"{Pools}/p-one").ExpectFailure(400, "InvalidRequest");
        await rack.Admin.PostAsync($"{Pools}/p-one/ranges/remove", new { First = "224.9.0.0", Last = "224.9.0.3" }).Expect(204);
        await rack.Admin.DeleteAsync($"{Pools}/p-one/silos/default").Expect(204);
        await rack.Admin.DeleteAsync($"{Pools}/p-one").Expect(204);

        var viewer = await rack.UserAsync("p-user");
        await viewer.GetAsync(Pools).ExpectFailure(403, "Forbidden");
        await viewer.PostAsync(Pools, body).ExpectFailure(403, "Forbidden");
        await rack.Node.As(null).GetAsync(Pools).ExpectFailure(401, "Unauthorized");
    }

    [Fact]
    [Trait("spec", "multicast/21")]
    [Trait("spec", "multicast/22")]
    public async Task Pool_in_use_is_held_and_an_exhausted_one_is_507()
    {
        await using var rack = await RackHost.StartAsync();
        await rack.PoolAsync("small", "224.8.0.1", "224.8.0.3");
        await rack.InstanceAsync("p-one");
        var range = new { First = "224.8.0.1", Last = "224.8.0.3" };
        foreach (var name in new[] { "one", "two", "three" })
        {
            await rack.JoinAsync("p-one", name).Expect(201);
        }

        await rack.JoinAsync("p-one", "four").ExpectFailure(507, "InsufficientCapacity", null, "multicast");
        await rack.Admin.PostAsync($"{Pools}/small/ranges/remove", range).ExpectFailure(400, "InvalidRequest", null, "multicast groups");
        await rack.Admin.DeleteAsync($"{Pools}/small").ExpectFailure(400, "InvalidRequest");
        await rack.Admin.DeleteAsync($"{Pools}/small/silos/default").ExpectFailure(400, "InvalidRequest");
        var freed = (await rack.GroupAsync("two")).Member("multicast_ip");
        await rack.LeaveAsync("p-one", "two").Expect(204);
        await rack.JoinAsync("p-one", "four").Expect(201);
        (await rack.GroupAsync("four")).Member("multicast_ip").ShouldBe(freed);

        foreach (var name in new[] { "one", "three", "four" })
        {
            await rack.LeaveAsync("p-one", name).Expect(204);
        }

        await rack.Admin.DeleteAsync($"{Pools}/small/silos/default").Expect(204);
        await rack.Admin.PostAsync($"{Pools}/small/ranges/remove", range).Expect(204);
        await rack.Admin.DeleteAsync($"{Pools}/small").Expect(204);
    }

    [Fact]
    [Trait("spec", "multicast/23")]
    [Trait("spec", "multicast/24")]
    [Trait("spec", "multicast/25")]
    [Trait("spec", "multicast/26")]
    [Trait("spec", "multicast/27")]
    [Trait("spec", "multicast/FIX-13")]
    public async Task Group_by_name_takes_its_address_from_the_pool_that_fits()
    {
        await using var rack = await RackHost.StartAsync();
        await rack.InstanceAsync("p-two");
        var sources = new { SourceIps = new[] { "10.0.0.9" } };

        await rack.JoinAsync("p-two", "none").ExpectFailure(400, "InvalidRequest", null, "pool");
        await rack.PoolAsync("asm", "224.7.0.0", "224.7.0.255");
        await rack.JoinAsync("p-two", "only-asm", sources).Expect(201);
        var asm = (await rack.GroupAsync("only-asm")).Body;
        asm.Text("multicast_ip")!.ShouldStartWith("224.7.");
        asm.GetProperty("source_ips").ToString().ShouldBe("""["10.0.0.9"]""");
        asm.Text("description").ShouldBe("Implicitly created for instance attachment");

        await rack.PoolAsync("ssm", "232.7.0.0", "232.7.0.255");
        await rack.JoinAsync("p-two", "with-sources", sources).Expect(201);
        await rack.JoinAsync("p-two", "without-sources").Expect(201);
        (await rack.GroupAsync("with-sources")).Member("multicast_ip").ShouldStartWith("232.");
        (await rack.GroupAsync("without-sources")).Member("multicast_ip").ShouldStartWith("224.");
        await rack.JoinAsync("p-two", "224.7.0.77", sources).Expect(201);
        (await rack.GroupAsync("224.7.0.77")).Body.GetProperty("source_ips").GetArrayLength().ShouldBe(1);

        await rack.PoolAsync("asm6", "ff0e::", "ff0e::ff");
        await rack.JoinAsync("p-two", "which").ExpectFailure(400, "InvalidRequest");
        await rack.JoinAsync("p-two", "which", new { IpVersion = "v6" }).Expect(201);
        (await rack.GroupAsync("which")).Member("multicast_ip").ShouldStartWith("ff0e:");

        // Two SSM pools leave it open which; an ASM group is not what was asked for.
        await rack.PoolAsync("ssm6", "ff3e::", "ff3e::ff");
        await rack.JoinAsync("p-two", "doubtful", sources).ExpectFailure(400, "InvalidRequest", "AmbiguousIpVersion");
        (await rack.GroupAsync("doubtful")).Status.ShouldBe(404);
    }

    private static Task<ApiAnswer> AddAsync(RackHost rack, string pool, string first, string last) =>
        rack.Admin.PostAsync($"{Pools}/{pool}/ranges/add", new { First = first, Last = last });

    private static Task<ApiAnswer> MakeAsync(RackHost rack, string name, string type, string version = "v4") =>
        rack.Admin.PostAsync(Pools, new { Name = name, Description = "", PoolType = type, IpVersion = version }).Expect(201);
}
