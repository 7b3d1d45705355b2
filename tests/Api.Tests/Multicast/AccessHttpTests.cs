using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Switch.Simulator;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>Who may do what, and the feature switched off (multicast 10, 52 to 54).</summary>
[Collection(MulticastRacksGroup.Name)]
public sealed class AccessHttpTests(MulticastRacks racks)
{
    private readonly RackHost _rack = racks.Of(SwitchMode.Strict);

    [Fact]
    [Trait("spec", "multicast/52")]
    public async Task Without_credentials_401_and_without_rights_on_the_instance_404()
    {
        var id = await _rack.InstanceAsync("a-one");
        await _rack.JoinAsync("a-one", "224.50.13.1").Expect(201);
        var own = $"/v1/instances/{id}/multicast-groups";
        using var nobody = _rack.Node.As(null);
        foreach (var path in new[] { "/v1/multicast-groups", "/v1/multicast-groups/224.50.13.1", "/v1/multicast-groups/224.50.13.1/members", own })
        {
            await nobody.GetAsync(path).ExpectFailure(401, "Unauthorized");
        }

        await nobody.PutAsync($"{own}/224.50.13.2", new { }).ExpectFailure(401, "Unauthorized");
        await nobody.DeleteAsync($"{own}/224.50.13.1").ExpectFailure(401, "Unauthorized");

        using var stranger = await _rack.UserAsync("a-stranger");
        await stranger.PutAsync($"{own}/224.50.13.2", new { }).ExpectFailure(404, "ObjectNotFound");
        await stranger.DeleteAsync($"{own}/224.50.13.1").ExpectFailure(404, "ObjectNotFound");
        await stranger.GetAsync(own).ExpectFailure(404, "ObjectNotFound");
        await stranger.GetAsync("/v1/multicast-groups").Expect(200);
        await stranger.GetAsync("/v1/multicast-groups/224.50.13.1").Expect(200);
        (await stranger.ListAsync("/v1/multicast-groups/224.50.13.1/members")).Count.ShouldBe(1);

        using var reader = await _rack.UserAsync("a-reader", siloRole: "viewer");
        await reader.GetAsync(own).Expect(200);
        await reader.PutAsync($"{own}/224.50.13.2", new { }).ExpectFailure(404, "ObjectNotFound");
        using var worker = await _rack.UserAsync("a-worker", siloRole: "collaborator");
        await worker.PutAsync($"{own}/224.50.13.2", new { }).Expect(201);
    }

    [Fact]
    [Trait("spec", "multicast/54")]
    public async Task Feature_off_refuses_joins_and_leaves_instances_alone()
    {
        await using var rack = await RackHost.StartAsync(new RackHostOptions
        {
            Settings = new Dictionary<string, string?> { ["gantry:multicast:enabled"] = "false" },
        });
        await rack.PoolAsync("asm", "224.50.0.0", "224.50.0.255");

        await rack.Admin.PostAsync(
            "/v1/instances?project=default",
            new
            {
                Name = "off",
                Description = "",
                Ncpus = 1,
                Memory = 1L << 30,
                Hostname = "off",
                Start = false,
                MulticastGroups = new[] { new { Group = "224.50.0.1" } },
            }).Expect(201);

        await rack.JoinAsync("off", "224.50.0.1").ExpectFailure(400, "InvalidRequest", "MulticastDisabled", "disabled");
        (await rack.LeaveAsync("off", "some-name")).Status.ShouldBe(400);
        (await rack.MembershipsAsync("off")).ShouldBeEmpty();
        await rack.StartedAsync("off");
        await rack.Admin.PutAsync(
            "/v1/instances/off?project=default",
            new { Ncpus = 1, Memory = 1L << 30, BootDisk = (string?)null, AutoRestartPolicy = (string?)null, CpuPlatform = (string?)null, EnableJumboFrames = false, MulticastGroups = new[] { new { Group = "224.50.0.1" } } });
        await rack.StoppedAsync("off");
        await rack.Admin.DeleteAsync("/v1/instances/off?project=default").Expect(204);
        (await rack.Admin.ListAsync("/v1/multicast-groups")).ShouldBeEmpty();
        (await rack.Admin.GetAsync("/v1/system/multicast-reconciler").Expect(200)).Body.GetProperty("disabled").GetBoolean().ShouldBeTrue();
        (await rack.Node.Views.ListAsync(new ViewQuery<InstanceMulticastRow>(InstanceMulticastViews.InstanceMulticast), default)).ShouldBeEmpty();
    }

    [Fact]
    [Trait("spec", "multicast/9.2")]
    public async Task Status_says_what_the_last_turns_did()
    {
        await _rack.StartNewAsync("a-status");
        await _rack.JoinedAsync("a-status", "224.50.13.9");

        // A turn that something else failed in is followed by one that it did not.
        var status = await _rack.UntilAsync(
            "/v1/system/multicast-reconciler", s => s.GetProperty("groups_verified").GetInt32() > 0 && s.GetProperty("errors").GetArrayLength() == 0);
        status.GetProperty("disabled").GetBoolean().ShouldBeFalse();
        status.GetProperty("switches").EnumerateObject().Count().ShouldBe(2);
    }
}
