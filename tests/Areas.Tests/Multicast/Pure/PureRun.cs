using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Multicast;
using Gantry.Primitives;
using Gantry.Switch.Simulator;
using Shouldly;
using Ip = Gantry.Multicast.Ip;
using MemberState = Gantry.Multicast.MemberState;

namespace Gantry.Areas.Tests.Multicast;

/// <summary>One random history over a <see cref="PureRack"/>, with the model of what was promised.</summary>
internal sealed class PureRun : IDisposable
{
    private static readonly string[] s_groups =
    [
        "224.2.0.11", "224.2.0.12", "224.2.0.13", "232.1.0.1", "232.1.0.2", "ff0e::1", "ff3e::1", "feed", "news",
    ];

    private readonly PureRack _rack;
    private readonly SeededRandomSource _dice;
    private readonly List<Life> _lives = [];
    private readonly List<Task> _open = [];
    private readonly List<string> _log = [];

    // Groups that were deleted over their members' heads, and those of which it is not known.
    private readonly HashSet<GroupId> _ended = [];
    private readonly HashSet<GroupId> _inDoubt = [];
    private int _born;

    public PureRun(ulong seed, SwitchMode mode)
    {
        _rack = new PureRack(seed, mode);
        _dice = new SeededRandomSource(seed ^ 0x9e37_79b9);
    }

    public void Play(int operations)
    {
        // With a context of the test runner continuations would go to the pool, and one seed would be many histories.
        SynchronizationContext.SetSynchronizationContext(null);
        SetUp();
        for (var i = 0; i < operations; i++)
        {
            Operate();
            for (var step = _dice.Next(12); step > 0; step--)
            {
                if (!_rack.Step())
                {
                    _rack.Wait(TimeSpan.FromSeconds(_dice.Next(5)));
                }
            }
        }

        Settle();
        Check();
    }

    /// <summary>Everything leaves; nothing may be left of anything.</summary>
    public void EndAll()
    {
        foreach (var life in _lives.ToList())
        {
            Delete(life);
        }

        foreach (var group in _rack.Engine.Views.All(GroupViews.Groups).Where(g => g.Explicit is not null))
        {
            _open.Add(_rack.Explicit.DeleteAsync(group.Id, isForced: true, _rack.Ask(), default).AsTask());
        }

        Settle();
        _rack.Engine.Views.All(GroupViews.Details).ShouldBeEmpty();
        _rack.Engine.Views.All(GroupViews.Members).ShouldBeEmpty();
        _rack.Engine.Views.All(GroupViews.Switches).ShouldBeEmpty();
        _rack.Engine.Views.All(InstanceMulticastViews.InstanceMulticast).ShouldBeEmpty();
        _rack.Engine.Claims.Keys.Where(c => c.Space.StartsWith("multicast", StringComparison.Ordinal)).ShouldBeEmpty();
        _rack.Engine.Timers.ShouldBeEmpty();
        foreach (var one in _rack.Switches.Values)
        {
            one.Model.Groups.ShouldBeEmpty();
            one.Model.Refs.ShouldBeEmpty();
            one.Model.Pre.ShouldBeEmpty();
            one.Model.HeldIds.ShouldBeEmpty();
            one.Model.Tables.Values.ShouldAllBe(t => t.Entries.Count == 0);
            (one.Model.Ids.Fresh + one.Model.Ids.Returned.Count()).ShouldBe(65534);
        }
    }

    /// <summary>What was asked, and how it was answered.</summary>
    public IReadOnlyList<string> History => _log;

    public void Dispose() => _rack.Dispose();

    private void SetUp()
    {
        foreach (var (first, last) in new[] { ("224.2.0.0", "224.2.0.15"), ("232.1.0.0", "232.1.0.15"), ("ff0e::", "ff0e::f"), ("ff3e::", "ff3e::f") })
        {
            var id = new PoolId(_dice.NewGuid());
            var version = Ip.Parse(first).Version;
            var create = new PoolCommand.Create($"pool-{_born++}", "", PoolType.Multicast, version, PoolAssignment.Silos);
            Done(_rack.Pools.CreateAsync(id, create, _rack.Ask(), default).AsTask());
            Done(_rack.Pools.AddRangeAsync(id, new IpRange(Ip.Parse(first), Ip.Parse(last)), _rack.Ask(), default).AsTask());
            var row = _rack.Engine.Views.One(PoolViews.Pools, id.ToString())!; // made just now
            Done(_rack.Pools.LinkAsync(row, PureRack.Silo, isDefault: version == IpVersion.V4, _rack.Ask(), default).AsTask());
        }

        for (var cubby = 0; cubby < 4; cubby++)
        {
            _rack.PlaceSled(SledOf(cubby), cubby);
        }

        for (var i = 0; i < 6; i++)
        {
            Bear();
        }
    }

    private void Done(Task task)
    {
        while (!task.IsCompleted)
        {
            if (!_rack.Step())
            {
                _rack.Wait(TimeSpan.FromSeconds(1));
            }
        }
    }

    private void Operate()
    {
        if (_dice.Next(3) == 0)
        {
            Disturb();
            return;
        }

        var life = _lives[_dice.Next(_lives.Count)];
        var group = s_groups[_dice.Next(s_groups.Length)];
        switch (_dice.Next(12))
        {
            case <= 4 when life.IsFree:
                _open.Add(JoinAsync(life, group));
                break;
            case <= 7 when life.IsFree:
                _open.Add(LeaveAsync(life, group));
                break;
            case 8:
                Tell(life, "no_vmm", null);
                break;
            case 9:
                Tell(life, "vmm", SledOf(_dice.Next(4))); // a start, or a migration
                break;
            case 10 when life.IsFree:
                Delete(life);
                Bear();
                break;
            case 11:
                _open.Add(ExplicitAsync());
                break;
            default:
                _rack.Wait(TimeSpan.FromSeconds(_dice.Next(15)));
                break;
        }
    }

    private void Disturb()
    {
        var one = _rack.Switches[PureRack.KeyOf(_dice.Next(2))];
        switch (_dice.Next(8))
        {
            case 0:
                one.SetDown(true);
                break;
            case 1 or 2:
                one.SetDown(false);
                break;
            case 3:
                one.Trouble = 0.1;
                break;
            case 4:
                one.Restart();
                break;
            case 5:
                _rack.Engine.LostAnswers = _dice.Next(2) * 0.02;
                break;
            case 6:
                _rack.PlaceSled(SledOf(_dice.Next(4)), _dice.Next(8));
                break;
            default:
                Tamper(one);
                break;
        }

    }

    // Another client of the switch, with the right tag and every right.
    private void Tamper(PureSwitch one)
    {
        if (one.Model.Groups.IsEmpty)
        {
            return;
        }

        var group = one.Model.Groups.Values.ElementAt(_dice.Next(one.Model.Groups.Count));
        if (_dice.Next(2) == 0)
        {
            one.Tamper("DELETE", $"/multicast/groups/{group.Address}", group.Tag, null);
        }
        else if (group is UnderlayGroup)
        {
            one.Tamper(
                "PUT", $"/multicast/underlay-groups/{group.Address}", group.Tag,
                """{"members":[{"port_id":"rear30","link_id":0,"direction":"Underlay"}]}""");
        }
    }

    private async Task JoinAsync(Life life, string group)
    {
        using var busy = life.Busy();
        var isSsm = group.StartsWith("232", StringComparison.Ordinal) || group.StartsWith("ff3e", StringComparison.Ordinal);
        var source = group.Contains(':', StringComparison.Ordinal) ? $"fd00::{_dice.Next(4) + 1}" : $"10.0.0.{_dice.Next(4) + 1}";
        string[]? sources = isSsm || (_dice.Next(3) == 0 && group[0] == '2') ? [source] : null;
        var outcome = await _rack.Service.JoinAsync(_rack.Join(life.Id, group, sources), default).ConfigureAwait(false);
        Note($"join {life.Id} {group}: {outcome}");
        if (outcome is Outcome<MemberReply>.Accepted { Value: var member })
        {
            life.Groups[member.Group] = member.Address;
        }
        else if (outcome is Outcome<MemberReply>.Unknown)
        {
            life.IsCertain = false;
        }
    }

    private async Task LeaveAsync(Life life, string group)
    {
        using var busy = life.Busy();
        var row = await _rack.Engine.Views.FindGroupAsync(GroupIdentifier.TryParse(group)!, default).ConfigureAwait(false);
        var outcome = await _rack.Service.LeaveAsync(
            life.Id, GroupIdentifier.TryParse(group)!, new Principal(PrincipalKind.Host, "pure"), default).ConfigureAwait(false);
        Note($"leave {life.Id} {group}, which was {row?.Id}: {outcome}");
        if (outcome is Outcome<Done>.Accepted && row is not null)
        {
            life.Groups.Remove(row.Id);
        }
        else if (outcome is not Outcome<Done>.Refused)
        {
            life.IsCertain = false;
        }
    }

    private async Task ExplicitAsync()
    {
        var all = _rack.Engine.Views.All(GroupViews.Groups).Where(g => g.Explicit is not null).ToList();
        if (all.Count == 0 || _dice.Next(3) == 0)
        {
            var isSsm = _dice.Next(2) == 0;
            var extras = new ExplicitGroup
            {
                DefaultSources = isSsm ? [Ip.Parse("10.0.0.9")] : [],
                Vni = 77,
                Vlan = _dice.Next(2) == 0 ? 10 : null,
                Uplinks = [new GroupUplink(_dice.Next(2), "qsfp3")],
                FormerUplinks = [],
            };
            var wish = new GroupWish(
                new GroupId(_dice.NewGuid()), $"made-{_born++}", "", Ip.Parse(isSsm ? "232.1.0.2" : "224.2.0.13"), null, extras);
            Note($"make {wish.Id}: {await _rack.Explicit.CreateAsync(wish, PureRack.Silo, _rack.Ask(), default).ConfigureAwait(false)}");
            return;
        }

        var group = all[_dice.Next(all.Count)];
        if (_dice.Next(2) == 0)
        {
            var update = new GroupCommand.Update(
                $"made-{_born++}", null, null, SetsVlan: true, _dice.Next(2) == 0 ? 20 : null, [new GroupUplink(0, $"qsfp{_dice.Next(3)}")]);
            await _rack.Explicit.UpdateAsync(group.Id, update, _rack.Ask(), default).ConfigureAwait(false);
            return;
        }

        var isForced = _dice.Next(2) == 0;
        var ended = await _rack.Explicit.DeleteAsync(group.Id, isForced, _rack.Ask(), default).ConfigureAwait(false);
        Note($"end {group.Id} forced {isForced}: {ended}");
        if (ended is Outcome<EndReply>.Accepted)
        {
            _ended.Add(group.Id); // who was in is out, and so is a join that crossed it
        }
        else if (ended is Outcome<EndReply>.Unknown)
        {
            _inDoubt.Add(group.Id); // it may have been refused just as well
        }
    }

    private void Note(string what) => _log.Add($"{_rack.Time.Now:HH:mm:ss} {what}");

    private void Bear()
    {
        var life = new Life(new InstanceId(_dice.NewGuid()));
        _lives.Add(life);
        Tell(life, "vmm", SledOf(_dice.Next(4)));
    }

    private void Tell(Life life, string state, SledId? sled)
    {
        life.Generation++;
        (life.State, life.Sled) = (state, sled);
        Note($"tell {life.Id} {state} {sled}");
        _rack.Engine.Views.Put(InstanceViews.Instances, life.Id.ToString(), Row(life));
        _rack.Engine.Post(
            Addresses.InstanceMulticast(life.Id), new MembershipCommand.Told(new InstanceFacts(life.Generation, state == "vmm", sled)));
    }

    private void Delete(Life life)
    {
        Note($"delete {life.Id}");
        _lives.Remove(life);
        _rack.Engine.Post(Addresses.InstanceMulticast(life.Id), new MembershipCommand.Deleted());
    }

    private void Settle()
    {
        _rack.Engine.LostAnswers = 0;
        foreach (var one in _rack.Switches.Values)
        {
            one.SetDown(false);
            one.Trouble = 0;
        }

        foreach (var task in _open)
        {
            Done(task);
            task.GetAwaiter().GetResult();
        }

        _open.Clear();
        _rack.RunToQuiet(TimeSpan.FromSeconds(150)); // past every timer of the area and two resyncs
    }

    private void Check()
    {
        var views = _rack.Engine.Views;
        var groups = views.All(GroupViews.Groups);
        var details = views.All(GroupViews.Details);
        var members = views.All(GroupViews.Members);
        details.Select(d => d.Id).ShouldBe(groups.Select(g => g.Id), ignoreOrder: true, "I11: what is gone is gone");
        groups.ShouldAllBe(g => g.State == GroupPhase.Active && g.IsConverged);
        groups.Select(g => g.Name).Distinct().Count().ShouldBe(groups.Length, "I1");
        groups.Select(g => g.Address).Distinct().Count().ShouldBe(groups.Length, "I1");
        details.ShouldAllBe(d => d.Underlay == UnderlayAddress.Derive(d.Address, d.Salt ?? 0), "I3");
        details.Select(d => d.Underlay).Distinct().Count().ShouldBe(details.Length, "I4");
        members.Select(m => (m.Group, m.Instance)).Distinct().Count().ShouldBe(members.Length, "I6");
        foreach (var member in members)
        {
            var group = groups.Single(g => g.Id == member.Group); // I10
            member.Address.ShouldBe(group.Address, "I8");
            (member.State == MemberState.Left).ShouldBe(member.Sled is null, "I7");
            (MulticastRanges.IsSsm(member.Address) && member.Sources.IsEmpty).ShouldBeFalse("I9");
            var life = _lives.Single(l => l.Id == member.Instance);
            member.State.ShouldBe(life.State == "vmm" ? MemberState.Joined : MemberState.Left);
            member.Sled.ShouldBe(life.Sled);
        }

        CheckPromises(groups, members);
        CheckOwners(groups, members);
        foreach (var (key, one) in _rack.Switches)
        {
            CheckSwitch(key, one, groups);
        }
    }

    private void CheckPromises(ImmutableArray<MulticastGroupRow> groups, ImmutableArray<MulticastMemberRow> members)
    {
        // Whether a deletion without an answer was done or refused shows in the group itself: an explicit one ends in no other way.
        var ended = _ended.Union(_inDoubt.Except(groups.Select(g => g.Id))).ToHashSet();
        foreach (var life in _lives.Where(l => l.IsCertain))
        {
            members.Where(m => m.Instance == life.Id).Select(m => m.Group)
                .ShouldBe(life.Groups.Keys.Where(g => !ended.Contains(g)), ignoreOrder: true, $"memberships of {life.Id}");
        }
    }

    private void CheckOwners(ImmutableArray<MulticastGroupRow> groups, ImmutableArray<MulticastMemberRow> members)
    {
        var given = _rack.Engine.States<PoolState>().SelectMany(p => p.Given).ToList();
        given.Select(g => (g.Key, g.Value.Address)).ShouldBe(groups.Select(g => (g.Id, g.Address)), ignoreOrder: true, "I2, I12: addresses given out");
        given.ShouldAllBe(g => g.Value.IsConfirmed);
        foreach (var life in _lives)
        {
            var entries = ((MembershipState)_rack.Engine.StateOf(Addresses.InstanceMulticast(life.Id))).Entries;
            entries.Values.ShouldAllBe(e => !e.IsReserved);
            entries.Keys.ShouldBe(members.Where(m => m.Instance == life.Id).Select(m => m.Group), ignoreOrder: true);
        }

        var claims = _rack.Engine.Claims.Keys.Where(c => c.Space.StartsWith("multicast", StringComparison.Ordinal)).ToList();
        claims.Count.ShouldBe(3 * groups.Length, "names, addresses and underlay addresses");
        _rack.Engine.Timers.ShouldBeEmpty();
    }

    private void CheckSwitch(string key, PureSwitch one, ImmutableArray<MulticastGroupRow> groups)
    {
        var world = DesiredReader.ReadAsync(_rack.Engine.Views, key, default).AsTask().GetAwaiter().GetResult();
        var actual = ActualGroup.FromAll(one.Groups());
        foreach (var group in world.Document.Groups)
        {
            SwitchDiff.Of(group, actual).ShouldBeEmpty($"{key} {group.Name}");
        }

        actual.Length.ShouldBe(2 * groups.Length, $"{key} holds nothing else");
        var pre = one.Model.Groups.Values.OfType<UnderlayGroup>().ToList();
        foreach (var group in pre)
        {
            one.Model.Pre[group.UnderlayId].ShouldBe(LanesOf(group, isExternal: false), $"{key} copies of {group.Address} to sleds");
            one.Model.Pre[group.ExternalId].ShouldBe(LanesOf(group, isExternal: true), $"{key} copies of {group.Address} to the outside");
        }

        if (one.Model.Mode == SwitchMode.Strict)
        {
            one.Model.Pre.Count.ShouldBe(2 * pre.Count, "replication groups");
            (one.Model.Ids.Fresh + one.Model.Ids.Returned.Count() + (2 * pre.Count)).ShouldBe(65534, "group ids");
            one.Model.Tables[TableNames.Replication].Entries.Count.ShouldBe(pre.Count(g => !g.Members.IsEmpty));
        }
    }

    private static IEnumerable<Lane> LanesOf(UnderlayGroup group, bool isExternal) =>
        group.Members.Where(m => m.IsExternal == isExternal).Select(m => m.Lane).Distinct().Order();

    private static SledId SledOf(int n) => new(GuidForm.FromText($"sled {n}"));

    private InstanceRow Row(Life life) => new()
    {
        Id = life.Id,
        Name = "instance",
        Description = "",
        Project = new ProjectId(GuidForm.FromText("project")),
        Silo = PureRack.Silo,
        Cpus = 1,
        MemoryBytes = 1,
        Hostname = "host",
        State = life.State,
        RunState = life.State == "vmm" ? "running" : "stopped",
        TimeRunStateUpdated = _rack.Time.Now,
        StateGeneration = life.Generation,
        IntendedState = "running",
        Sled = life.Sled,
        TimeCreated = _rack.Time.Now,
        TimeModified = _rack.Time.Now,
        Generation = 1,
    };

    private sealed class Life(InstanceId id)
    {
        private int _busy;

        public InstanceId Id { get; } = id;

        public long Generation { get; set; }

        public string State { get; set; } = "no_vmm";

        public SledId? Sled { get; set; }

        /// <summary>Memberships that were promised.</summary>
        public Dictionary<GroupId, Ip> Groups { get; } = [];

        /// <summary>No answer was lost so far.</summary>
        public bool IsCertain { get; set; } = true;

        /// <summary>No call on its behalf is under way: one history per instance.</summary>
        public bool IsFree => _busy == 0;

        public IDisposable Busy()
        {
            _busy++;
            return new Release(this);
        }

        private sealed class Release(Life life) : IDisposable
        {
            public void Dispose() => life._busy--;
        }
    }
}
