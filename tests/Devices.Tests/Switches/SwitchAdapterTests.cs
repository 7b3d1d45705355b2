using Gantry.Devices;
using Gantry.Switch.Simulator;
using Shouldly;
using Xunit;

namespace Gantry.Tests;

/// <summary>The adapter against a switch that behaves: what it sends, what it reads, what it refuses to send.</summary>
public class SwitchAdapterTests : SwitchAdapterTestBase
{
    [Fact]
    public async Task A_group_makes_the_round_trip()
    {
        var underlay = Value(await Port.CreateUnderlayAsync(UnderlayBody("rear7", "rear3"), None));
        var external = Value(await Port.CreateExternalAsync(ExternalBody("10.0.0.9", "10.0.0.10"), None));

        underlay.IsUnderlay.ShouldBeTrue();
        underlay.Members.ShouldBe([SwitchMember.Rear("rear7"), SwitchMember.Rear("rear3")]);
        external.IsUnderlay.ShouldBeFalse();
        external.Address.ShouldBe(Group);
        external.Tag.ShouldBe(Tag);
        external.Nat.ShouldBe(new SwitchNatTarget(Underlay, "33:33:e0:01:02:03", 77));
        external.Sources.ShouldBe(["10.0.0.9", "10.0.0.10"]);
        Value(await Port.GetGroupAsync("ff04:0:0:0::e001:0203", None)).Members.Length.ShouldBe(2);
        Value(await Port.ListGroupsAsync(None)).Select(g => g.Address).ShouldBe([Group, Underlay]);
    }

    [Fact]
    public async Task No_sources_are_null_on_a_create_and_an_empty_list_on_an_update()
    {
        await Port.CreateUnderlayAsync(UnderlayBody("rear7"), None);
        await Port.CreateExternalAsync(ExternalBody("10.0.0.9"), None);

        Value(await Port.UpdateExternalAsync(ExternalBody(), None)).Sources.ShouldBeEmpty();
        await Port.DeleteGroupAsync(Group, Tag, None);
        Value(await Port.CreateExternalAsync(ExternalBody(), None)).Sources.ShouldBeEmpty();

        var bodies = First.Requests.Where(r => r.Path.StartsWith("/multicast/external-groups", StringComparison.Ordinal)).Select(r => r.Body).ToArray();
        bodies[1].ShouldContain("\"sources\":[]");
        bodies[2].ShouldContain("\"sources\":null");
    }

    [Fact]
    public async Task Members_are_replaced_and_groups_deleted_by_tag_and_altogether()
    {
        await Port.CreateUnderlayAsync(UnderlayBody("rear7"), None);
        Value(await Port.SetMembersAsync(Underlay, Tag, [SwitchMember.Rear("rear1")], None)).Members.ShouldBe([SwitchMember.Rear("rear1")]);
        Value(await Port.ResetTagAsync(Tag, None));
        Value(await Port.ListGroupsAsync(None)).ShouldBeEmpty();
        await Port.CreateUnderlayAsync(UnderlayBody("rear7"), None);
        Value(await Port.ResetAllAsync(None));

        First.Model.Groups.ShouldBeEmpty();
        Port.Rebirths.ShouldBe(0);
    }

    [Fact]
    public async Task A_list_of_many_pages_comes_back_whole()
    {
        foreach (var i in Enumerable.Range(1, 1010))
        {
            Value(await Port.CreateUnderlayAsync(new UnderlayGroupBody($"ff04::{i:x}", Tag, []), None));
        }

        Value(await Port.ListGroupsAsync(None)).Select(g => g.Address).Distinct(StringComparer.Ordinal).Count().ShouldBe(1010);
    }

    [Fact]
    public async Task Identity_and_rear_ports_are_read()
    {
        Value(await SecondPort.IdentifiersAsync(None)).Slot.ShouldBe(1);
        var map = Value(await Port.BackplaneMapAsync(None));

        map.Count.ShouldBe(32);
        map["rear31"].Cubby.ShouldBe(31);
    }

    [Fact]
    public async Task The_error_code_of_a_missing_group_is_kept()
    {
        var missing = Rejection(await Port.GetGroupAsync(Group, None));

        missing.Status.ShouldBe(404);
        missing.ErrorCode.ShouldNotBeNull();
    }

    [Fact]
    public async Task What_the_daemon_would_half_apply_is_not_sent()
    {
        var nat = new SwitchNatTarget(Underlay, "33:33:e0:01:02:03", 77);
        DeviceOutcome<SwitchGroup>[] refused =
        [
            await Port.CreateUnderlayAsync(new UnderlayGroupBody("ff05::1", Tag, []), None),
            await Port.CreateUnderlayAsync(new UnderlayGroupBody(Underlay, "bad tag", []), None),
            await Port.CreateUnderlayAsync(new UnderlayGroupBody(Underlay, new string('x', 81), []), None),
            await Port.CreateUnderlayAsync(UnderlayBody("rear7", "rear7"), None),
            await Port.CreateUnderlayAsync(UnderlayBody("rear32"), None),
            await Port.CreateUnderlayAsync(UnderlayBody("rear07"), None),
            await Port.SetMembersAsync(Underlay, Tag, [new SwitchMember("rear1", 4, SwitchMember.UnderlayDirection)], None),
            await Port.SetMembersAsync(Underlay, Tag, [new SwitchMember("rear1", 0, "Sideways")], None),
            await Port.CreateExternalAsync(ExternalBody() with { VlanId = 1 }, None),
            await Port.CreateExternalAsync(ExternalBody() with { VlanId = 4096 }, None),
            await Port.CreateExternalAsync(ExternalBody() with { Address = "ff04::9" }, None),
            await Port.CreateExternalAsync(ExternalBody() with { Address = "224.0.0.9" }, None),
            await Port.CreateExternalAsync(ExternalBody() with { Address = "232.0.0.9" }, None),
            await Port.CreateExternalAsync(ExternalBody() with { Address = "10.0.0.9" }, None),
            await Port.CreateExternalAsync(ExternalBody() with { Nat = nat with { InnerMac = "02:00:00:00:00:00" } }, None),
            await Port.CreateExternalAsync(ExternalBody() with { Nat = nat with { InternalAddress = "ff05::1" } }, None),
            await Port.CreateExternalAsync(ExternalBody() with { Nat = nat with { Vni = 1 << 24 } }, None),
            await Port.CreateExternalAsync(ExternalBody("10.0.0.1", "10.0.0.1"), None),
            await Port.UpdateExternalAsync(ExternalBody("224.1.1.1"), None),
            await Port.UpdateExternalAsync(ExternalBody("2001:db8::1"), None),
            await Port.CreateExternalAsync(ExternalBody([.. Enumerable.Range(0, 500).Select(i => $"10.1.{i / 250}.{(i % 250) + 1}")]), None),
        ];

        refused.ShouldAllBe(r => Rejection(r).Status == 400);
        refused.ShouldAllBe(r => Rejection(r).Message.StartsWith("not sent:", StringComparison.Ordinal));
        Writes(First).ShouldBe(0);
    }

    [Fact]
    public async Task Writes_run_one_after_another_in_order_of_arrival()
    {
        First.Faults.Add(new SimFault("slow") { Count = 1, Params = new FaultParams { DelayMs = 300, Apply = "after" } });

        var calls = Enumerable.Range(1, 20)
            .Select(i => Port.CreateUnderlayAsync(new UnderlayGroupBody($"ff04::{i:x}", Tag, []), None).AsTask())
            .ToArray();
        (await Task.WhenAll(calls)).ShouldAllBe(o => o is DeviceOutcome<SwitchGroup>.Answered);

        First.Model.Groups.Values.OfType<UnderlayGroup>().OrderByDescending(g => g.ExternalId).Select(g => g.Address.ToString())
            .ShouldBe(Enumerable.Range(1, 20).Select(i => $"ff04::{i:x}"));
    }

    [Fact]
    public void A_changed_address_makes_a_new_adapter()
    {
        var before = Ports.For("rack-9", First.Address);

        Ports.For("rack-9", First.Address).ShouldBeSameAs(before);
        var after = Ports.For("rack-9", Second.Address);

        after.ShouldNotBeSameAs(before);
        Ports.Known["rack-9"].ShouldBeSameAs(after);
    }
}
