using System.Net;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Devices.Tests.Sleds;

/// <summary>The multicast half of a sled's adapter against the simulator (multicast 8.2).</summary>
[Trait("spec", "multicast/8.2")]
public sealed class SledMulticastTests
{
    [Fact]
    public async Task Mappings_and_next_hops_are_set_listed_and_cleared()
    {
        await using var lab = await SledLab.StartAsync();
        var port = lab.MulticastPort;
        var mapping = new SledGroupMapping("224.1.0.1", "ff04::1");
        var hop = new SledNextHop("fd00::1", "underlay", SledSourceFilter.None);

        (await port.SetMappingAsync(mapping, default)).ShouldBeOfType<DeviceOutcome<NoContent>.Answered>();
        (await port.AddForwardingAsync(new SledForwarding("ff04::1", [hop]), default)).ShouldBeOfType<DeviceOutcome<NoContent>.Answered>();
        (await port.AddForwardingAsync(new SledForwarding("ff04::1", [hop with { NextHop = "fd00::2" }]), default))
            .ShouldBeOfType<DeviceOutcome<NoContent>.Answered>();

        (await port.ListMappingsAsync(default)).Value().ShouldBe([mapping]);
        (await port.ListForwardingAsync(default)).Value().Single().NextHops.Select(h => h.NextHop).ShouldBe(["fd00::1", "fd00::2"]);

        await port.ClearMappingAsync(mapping with { Underlay = "ff04::9" }, default); // not what is there
        (await port.ListMappingsAsync(default)).Value().ShouldBe([mapping]);
        await port.ClearMappingAsync(mapping, default);
        await port.ClearMappingAsync(mapping, default);
        await port.ClearForwardingAsync("ff04::1", default);
        (await port.ListMappingsAsync(default)).Value().ShouldBeEmpty();
        (await port.ListForwardingAsync(default)).Value().ShouldBeEmpty();
    }

    [Fact]
    public async Task Repeated_subscription_replaces_sources_and_leaving_goes_by_the_group()
    {
        await using var lab = await SledLab.StartAsync();
        var vmm = await lab.RunningVmmAsync();
        var port = lab.MulticastPort;
        await port.SubscribeAsync(vmm, new SledMulticastMembership("224.1.0.1", []), default);
        await port.SubscribeAsync(vmm, new SledMulticastMembership("224.1.0.1", ["10.0.0.1"]), default);
        Own(lab).ShouldHaveSingleItem().Sources.ShouldBe(["10.0.0.1"]);

        await port.UnsubscribeAsync(vmm, "224.1.0.1", default);

        Own(lab).ShouldBeEmpty();
        (await port.SubscribeAsync(SystemRandomSource.Instance.NewGuid(), new SledMulticastMembership("224.1.0.1", []), default))
            .ShouldBeOfType<DeviceOutcome<NoContent>.Rejected>().Status.ShouldBe(500);
    }

    [Theory]
    [InlineData("10.0.0.1", "ff04::1")]
    [InlineData("224.1.0.1", "ff05::1")]
    [InlineData("nonsense", "ff04::1")]
    public async Task Addresses_of_the_wrong_kind_are_refused(string group, string underlay)
    {
        await using var lab = await SledLab.StartAsync();

        (await lab.MulticastPort.SetMappingAsync(new SledGroupMapping(group, underlay), default))
            .ShouldBeOfType<DeviceOutcome<NoContent>.Rejected>().Status.ShouldBe(400);
    }

    [Fact]
    public async Task Agent_of_version_48_has_no_packet_engine()
    {
        await using var lab = await SledLab.StartAsync();

        using var answer = await lab.Raw.GetAsync(new Uri(lab.Sled.Address, "networking/mcast-m2p"));

        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    private static IEnumerable<SledMulticastMembership> Own(SledLab lab) =>
        lab.Sled.Model.List().Single().MulticastGroups.Where(m => m.GroupIp == "224.1.0.1");
}
