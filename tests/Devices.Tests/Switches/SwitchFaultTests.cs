using System.Net;
using System.Net.Sockets;
using Gantry.Devices;
using Gantry.Switch.Simulator;
using Shouldly;
using Xunit;

namespace Gantry.Tests;

/// <summary>The adapter against a switch that misbehaves (switch-dpd 5, 6).</summary>
public class SwitchFaultTests : SwitchAdapterTestBase
{
    [Fact, Trait("spec", "switch-dpd/D1")]
    public async Task A_refusing_switch_goes_down_the_other_serves_on_and_it_comes_back()
    {
        Value(await Port.CreateUnderlayAsync(UnderlayBody("rear1"), None));
        First.Faults.Add(new SimFault("refuse"));

        await Eventually.HoldsAsync(
            async () => await Port.ListGroupsAsync(None) is DeviceOutcome<System.Collections.Immutable.ImmutableArray<SwitchGroup>>.Unreachable,
            Soon, () => Port.Status);
        await Eventually.HoldsAsync(() => Port.Status.State == DeviceState.Down, Soon, () => Port.Status);
        Port.Status.LastError.ShouldNotBeNull();
        (await Port.GetGroupAsync(Underlay, None)).ShouldBeOfType<DeviceOutcome<SwitchGroup>.Unreachable>();
        Value(await SecondPort.ListGroupsAsync(None)).ShouldBeEmpty();

        First.Faults.Clear();

        await Eventually.HoldsAsync(() => Port.Status.State == DeviceState.Up, Soon, () => Port.Status);
        Changes.ShouldContain(("rack-0", DeviceChange.Up));
        Port.Rebirths.ShouldBe(0);
    }

    [Fact, Trait("spec", "switch-dpd/D1")]
    public async Task A_closed_port_is_unreachable_with_the_time_since()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var address = new Uri($"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}");
        free.Stop();

        var outcome = await Ports.For("rack-7", address).ListGroupsAsync(None);

        outcome.ShouldBeOfType<DeviceOutcome<System.Collections.Immutable.ImmutableArray<SwitchGroup>>.Unreachable>();
        Ports.For("rack-7", address).Status.State.ShouldBe(DeviceState.Suspect);
    }

    [Fact, Trait("spec", "switch-dpd/D2")]
    public async Task A_silent_switch_is_no_answer_within_the_deadline()
    {
        First.Faults.Add(new SimFault("black_hole") { Match = new FaultMatch("POST"), Count = 1 });

        var outcome = await Port.CreateUnderlayAsync(UnderlayBody("rear1"), None);

        outcome.ShouldBeOfType<DeviceOutcome<SwitchGroup>.NoAnswer>();
        Rejection(await Port.GetGroupAsync(Underlay, None)).Status.ShouldBe(404);
    }

    [Theory, Trait("spec", "switch-dpd/D3")]
    [InlineData("before")]
    [InlineData("after")]
    public async Task A_slow_switch_gets_no_second_write_meanwhile(string apply)
    {
        First.Faults.Add(new SimFault("slow") { Match = new FaultMatch("POST"), Count = 1, Params = new FaultParams { DelayMs = 500, Apply = apply } });

        var first = Port.CreateUnderlayAsync(UnderlayBody("rear1"), None).AsTask();
        var second = Port.SetMembersAsync(Underlay, Tag, [SwitchMember.Rear("rear2")], None).AsTask();
        var read = await Port.GetGroupAsync(Group, None);

        Rejection(read).Status.ShouldBe(404);
        first.IsCompleted.ShouldBeFalse();
        Value(await first);
        Value(await second).Members.ShouldBe([SwitchMember.Rear("rear2")]);
    }

    [Fact, Trait("spec", "switch-dpd/D4"), Trait("spec", "switch-dpd/48")]
    public async Task A_lost_answer_is_recognised_as_success_by_reading()
    {
        First.Faults.Add(new SimFault("drop_after_apply") { Match = new FaultMatch("POST"), Count = 1 });

        (await Port.CreateUnderlayAsync(UnderlayBody("rear1"), None)).ShouldBeOfType<DeviceOutcome<SwitchGroup>.NoAnswer>();
        var again = Rejection(await Port.CreateUnderlayAsync(UnderlayBody("rear1"), None));

        again.Status.ShouldBe(409);
        again.ErrorCode.ShouldNotBeNull();
        var present = Value(await Port.GetGroupAsync(Underlay, None));
        present.Tag.ShouldBe(Tag);
        present.Members.ShouldBe([SwitchMember.Rear("rear1")]);
        First.Requests.Count(r => r.Method == "POST").ShouldBe(2);
    }

    [Fact, Trait("spec", "switch-dpd/D4")]
    public async Task A_delete_whose_answer_is_lost_is_not_repeated_by_itself()
    {
        await Port.CreateUnderlayAsync(UnderlayBody("rear1"), None);
        First.Faults.Add(new SimFault("drop_after_apply") { Match = new FaultMatch("DELETE"), Count = 1 });

        (await Port.DeleteGroupAsync(Underlay, Tag, None)).ShouldBeOfType<DeviceOutcome<NoContent>.NoAnswer>();

        First.Requests.Count(r => r.Method == "DELETE").ShouldBe(1);
        Rejection(await Port.GetGroupAsync(Underlay, None)).Status.ShouldBe(404);
    }

    [Theory, Trait("spec", "switch-dpd/D5")]
    [InlineData(500)]
    [InlineData(503)]
    public async Task A_5xx_is_a_sign_of_life_and_handed_back(int status)
    {
        First.Faults.Add(new SimFault("status") { Match = new FaultMatch("POST"), Count = 5, Params = new FaultParams { Status = status, ErrorCode = "Internal" } });

        for (var i = 0; i < 5; i++)
        {
            var refused = Rejection(await Port.CreateUnderlayAsync(UnderlayBody("rear1"), None));
            refused.Status.ShouldBe(status);
            refused.ErrorCode.ShouldBe("Internal");
        }

        Port.Status.State.ShouldBe(DeviceState.Up);
        Value(await Port.CreateUnderlayAsync(UnderlayBody("rear1"), None));
    }

    [Fact, Trait("spec", "switch-dpd/D7")]
    public async Task A_missing_chip_entry_is_404_without_a_code_and_the_group_can_be_made_again()
    {
        await Port.CreateUnderlayAsync(UnderlayBody("rear1"), None);
        First.Faults.Add(new SimFault("entry_missing") { Match = new FaultMatch("PUT", Object: Underlay), Count = 1 });

        var gone = Rejection(await Port.SetMembersAsync(Underlay, Tag, [SwitchMember.Rear("rear2")], None));

        gone.Status.ShouldBe(404);
        gone.ErrorCode.ShouldBeNull();
        if (Mode == SwitchMode.Faithful)
        {
            // K6: what is left in the chip blocks the create until everything is reset (switch-dpd 3.6, last paragraph).
            Rejection(await Port.CreateUnderlayAsync(UnderlayBody("rear2"), None)).Status.ShouldBe(500);
            Value(await Port.ResetAllAsync(None));
        }

        Value(await Port.CreateUnderlayAsync(UnderlayBody("rear2"), None));
    }

    [Fact, Trait("spec", "switch-dpd/D8")]
    public async Task A_full_table_is_507_and_other_groups_go_on()
    {
        await Port.CreateUnderlayAsync(UnderlayBody("rear1"), None);
        First.Faults.Add(new SimFault("table_full") { Params = new FaultParams { Table = TableNames.Nat4 } });

        Rejection(await Port.CreateExternalAsync(ExternalBody(), None)).Status.ShouldBe(507);

        Value(await Port.SetMembersAsync(Underlay, Tag, [SwitchMember.Rear("rear2")], None));
        First.Model.Tables[TableNames.Source4].Entries.ShouldBeEmpty();
    }

    [Fact, Trait("spec", "switch-dpd/D9"), Trait("spec", "switch-dpd/47")]
    public async Task A_restart_of_one_switch_is_noticed_there_only_and_repaired_underlay_first()
    {
        foreach (var port in new[] { Port, SecondPort })
        {
            Value(await port.CreateUnderlayAsync(new UnderlayGroupBody("ff04::99", Tag, []), None));
            Value(await port.CreateUnderlayAsync(UnderlayBody("rear1"), None));
            Value(await port.CreateExternalAsync(ExternalBody(), None));
            Value(await port.ListGroupsAsync(None)).Length.ShouldBe(3);
        }

        var writesBefore = Writes(Second);
        First.Restart();

        await Eventually.HoldsAsync(() => Port.Rebirths == 1, Soon, () => Port.Status);
        Changes.ShouldContain(("rack-0", DeviceChange.Reborn));
        SecondPort.Rebirths.ShouldBe(0);
        Rejection(await Port.CreateExternalAsync(ExternalBody(), None)).Status.ShouldBe(400);
        Value(await Port.CreateUnderlayAsync(UnderlayBody("rear1"), None));
        var repaired = Value(await Port.CreateExternalAsync(ExternalBody(), None));
        var other = Value(await SecondPort.GetGroupAsync(Group, None));
        repaired.ExternalGroupId.ShouldNotBe(other.ExternalGroupId);
        Writes(Second).ShouldBe(writesBefore);
    }

    [Fact, Trait("spec", "switch-dpd/D9")]
    public async Task An_empty_list_where_groups_must_be_is_a_rebirth_counted_once()
    {
        Value(await Port.CreateUnderlayAsync(UnderlayBody("rear1"), None));
        First.Restart();

        Value(await Port.ListGroupsAsync(None)).ShouldBeEmpty();

        Port.Rebirths.ShouldBe(1);
        Value(await Port.ListGroupsAsync(None)).ShouldBeEmpty();
        Port.Rebirths.ShouldBe(1);
    }

    [Fact, Trait("spec", "switch-dpd/D12")]
    public async Task An_older_server_is_spoken_to_in_version_8()
    {
        First.Faults.Add(new SimFault("version") { Params = new FaultParams { Newest = "8.0.0" } });

        Value(await Port.CreateUnderlayAsync(UnderlayBody("rear1"), None));

        var refusals = First.Requests.Count(r => r.Status == 400);
        Value(await Port.ListGroupsAsync(None)).Length.ShouldBe(1);
        First.Requests.Count(r => r.Status == 400).ShouldBe(refusals);
    }

    [Fact, Trait("spec", "switch-dpd/D12")]
    public async Task A_server_below_version_8_is_too_old()
    {
        First.Faults.Add(new SimFault("version") { Params = new FaultParams { Newest = "7.0.0" } });

        var refused = Rejection(await Port.CreateUnderlayAsync(UnderlayBody("rear1"), None));

        refused.Message.ShouldContain("switch too old");
        First.Model.Groups.ShouldBeEmpty();
    }

    [Fact, Trait("spec", "switch-dpd/D11")]
    public async Task A_switch_without_multicast_says_501()
    {
        First.Faults.Add(new SimFault("absent"));

        Rejection(await Port.ListGroupsAsync(None)).Status.ShouldBe(501);
    }

    [Fact, Trait("spec", "switch-dpd/D14")]
    public async Task A_foreign_tag_is_a_conflict_on_create_and_a_refusal_on_change()
    {
        await Port.CreateUnderlayAsync(UnderlayBody("rear1"), None);
        First.Faults.Add(new SimFault("foreign_tag") { Match = new FaultMatch(Object: Underlay), Params = new FaultParams { Tag = "somebody" } });

        Rejection(await Port.CreateUnderlayAsync(UnderlayBody("rear1"), None)).Status.ShouldBe(409);
        Rejection(await Port.SetMembersAsync(Underlay, Tag, [], None)).Status.ShouldBe(400);
        Rejection(await Port.DeleteGroupAsync(Underlay, Tag, None)).Status.ShouldBe(400);
        Value(await Port.GetGroupAsync(Underlay, None)).Tag.ShouldBe("somebody");
    }

    [Theory, Trait("spec", "switch-dpd/D10")]
    [InlineData("remove", Group)]
    [InlineData("members", Underlay)]
    [InlineData("sources", Group)]
    [InlineData("vlan", Group)]
    [InlineData("tag", Group)]
    [InlineData("extra", "ff04::77")]
    public async Task A_diverged_switch_is_seen_by_reading_both(string what, string address)
    {
        foreach (var port in new[] { Port, SecondPort })
        {
            await port.CreateUnderlayAsync(UnderlayBody("rear1"), None);
            await port.CreateExternalAsync(ExternalBody(), None);
        }

        First.Faults.Add(new SimFault("diverge") { Match = new FaultMatch(Object: address), Params = new FaultParams { What = what } });

        Shown(Value(await Port.ListGroupsAsync(None))).ShouldNotBe(Shown(Value(await SecondPort.ListGroupsAsync(None))));
    }

    private static string[] Shown(IEnumerable<SwitchGroup> groups) => [.. groups.Select(g =>
        $"{g.Address} {g.Tag} {g.VlanId} {g.Nat} {string.Join(',', g.Members)} {string.Join(',', g.Sources)}")];
}
