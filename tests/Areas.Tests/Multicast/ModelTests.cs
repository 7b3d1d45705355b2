using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Multicast;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Multicast;

/// <summary>
/// Random joins, leaves, instance changes, switch faults and passes against a model of who is a member of what. Replay a failure by its seed:
/// <c>--filter FullyQualifiedName~ModelTests</c> with the seed of the message.
/// </summary>
public sealed class ModelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task Members_rows_and_switches_agree_with_the_model(int seed)
    {
        await using var world = await MulticastWorld.StartAsync();
        var run = new Run(world, new SeededRandomSource((ulong)seed), seed);
        await run.SetUpAsync();
        for (var step = 0; step < 120; step++)
        {
            await run.StepAsync();
        }

        await run.EndAsync();
    }

    private sealed class Run(MulticastWorld world, SeededRandomSource dice, int seed)
    {
        private static readonly string[] s_groups =
            ["224.2.0.11", "224.2.0.12", "232.1.0.1", "232.1.0.2", "ff0e::1", "feed", "news"];

        private readonly List<string> _log = [];
        private readonly Dictionary<InstanceId, Life> _instances = [];

        // Who is a member of which group, by the word that was joined.
        private readonly HashSet<(InstanceId Instance, string Group)> _members = [];

        public async Task SetUpAsync()
        {
            await world.PoolAsync("224.2.0.0", "224.2.0.15");
            await world.PoolAsync("232.1.0.0", "232.1.0.15");
            await world.PoolAsync("ff0e::", "ff0e::f");
            for (var i = 0; i < 6; i++)
            {
                _instances.Add(await world.RunningAsync(i), new Life(2, "vmm", MulticastWorld.Sled($"cubby {i}"), i));
            }
        }

        public async Task StepAsync()
        {
            var instance = _instances.Keys.OrderBy(i => i.Value).ElementAt(dice.Next(_instances.Count));
            var group = s_groups[dice.Next(s_groups.Length)];
            switch (dice.Next(16))
            {
                case <= 4:
                    await JoinAsync(instance, group);
                    break;
                case <= 7:
                    await LeaveAsync(instance, group);
                    break;
                case 8:
                    await ChangeAsync(instance);
                    break;
                case 9 when _instances.Count > 3:
                    await DeleteAsync(instance);
                    break;
                case 10:
                    Fault();
                    break;
                case 11:
                    Heal();
                    break;
                case 12:
                    await world.AfterAsync(TimeSpan.FromSeconds(dice.Next(20)));
                    break;
                case 13:
                    world.PlaceSled(_instances[instance].Home, _instances[instance].Cubby = dice.Next(30));
                    break;
                default:
                    _log.Add("pass");
                    await world.PassAsync();
                    break;
            }

            await CheckAsync();
        }

        public async Task EndAsync()
        {
            Heal();
            await world.AfterAsync(TimeSpan.FromSeconds(45));
            await world.ConvergeAsync();
            await world.ConvergeAsync();
            await CheckAsync();

            var groups = await world.RowsAsync(GroupViews.Groups);
            (await world.RowsAsync(GroupViews.Details)).Select(d => d.Id).ShouldBe(groups.Select(g => g.Id), ignoreOrder: true, Seen);
            groups.ShouldAllBe(g => g.State == GroupPhase.Active, Seen);
            foreach (var member in await world.RowsAsync(GroupViews.Members))
            {
                var life = _instances[member.Instance];
                member.State.ShouldBe(life.State == "vmm" ? MemberState.Joined : MemberState.Left, Seen);
            }

            foreach (var fake in new[] { world.First, world.Second })
            {
                fake.Groups.Length.ShouldBe(groups.Length * 2, Seen);
            }

            foreach (var group in groups)
            {
                (await world.Verifier.VerifyAsync(group.Id, default)).ShouldAllBe(v => v.IsRight, Seen);
            }
        }

        private async Task JoinAsync(InstanceId instance, string group)
        {
            string[]? sources = group.StartsWith("232", StringComparison.Ordinal)
                ? [$"10.0.0.{dice.Next(4) + 1}"]
                : dice.Next(3) == 0 && group.StartsWith("224", StringComparison.Ordinal) ? ["10.0.0.1"] : null;
            var version = group is "feed" or "news" ? "v4" : null; // without sources: a group that became SSM would ask for some
            _log.Add($"join {instance} {group}");
            (await world.JoinAsync(instance, group, sources, version)).ShouldBeAccepted();
            _members.Add((instance, group));
        }

        private async Task LeaveAsync(InstanceId instance, string group)
        {
            var isThere = _members.Any(m => m.Group == group);
            _log.Add($"leave {instance} {group}");
            var outcome = await world.LeaveAsync(instance, group);
            if (isThere)
            {
                outcome.ShouldBeAccepted();
            }
            else
            {
                outcome.ShouldBeRefused(RefusalKind.NotFound);
            }

            _members.Remove((instance, group));
        }

        private async Task ChangeAsync(InstanceId instance)
        {
            var life = _instances[instance];
            life.Generation++;
            (life.State, life.Sled) = dice.Next(3) switch
            {
                0 => ("no_vmm", (SledId?)null),
                1 => ("vmm", life.Home),
                _ => ("vmm", _instances.Values.ElementAt(dice.Next(_instances.Count)).Home),
            };
            _log.Add($"change {instance} to {life.State}");
            await world.TellAsync(instance, life.Generation, life.State, life.Sled);
        }

        private async Task DeleteAsync(InstanceId instance)
        {
            _log.Add($"delete {instance}");
            await world.DeleteAsync(instance);
            await world.QuietAsync();
            _instances.Remove(instance);
            _members.RemoveWhere(m => m.Instance == instance);

            // Groups emptied by this are swept after their grace; until then they can be joined and left.
            await world.AfterAsync(TimeSpan.FromSeconds(11));
        }

        private void Fault()
        {
            var fake = dice.Next(2) == 0 ? world.First : world.Second;
            var kind = dice.Next(5);
            _log.Add($"fault {kind}");
            switch (kind)
            {
                case 0:
                    fake.IsDown = true;
                    break;
                case 1:
                    fake.IsFailing = true;
                    break;
                case 2:
                    fake.DropsAnswers = true;
                    break;
                case 3:
                    fake.Restart();
                    break;
                default:
                    if (fake.Groups.FirstOrDefault(g => g.IsUnderlay) is { } group)
                    {
                        fake.Plant(group with { Members = [SwitchMember.Rear("rear31"), SwitchMember.Rear("rear30")] });
                    }

                    break;
            }
        }

        private void Heal()
        {
            _log.Add("heal");
            foreach (var fake in new[] { world.First, world.Second })
            {
                (fake.IsDown, fake.IsFailing, fake.DropsAnswers) = (false, false, false);
            }
        }

        // Invariants of multicast 9.1 that hold at every moment.
        private async Task CheckAsync()
        {
            await world.QuietAsync();
            var groups = await world.RowsAsync(GroupViews.Groups);
            var details = await world.RowsAsync(GroupViews.Details);
            var members = await world.RowsAsync(GroupViews.Members);
            groups.Select(g => g.Name).Distinct().Count().ShouldBe(groups.Length, Seen);
            groups.Select(g => g.Address).Distinct().Count().ShouldBe(groups.Length, Seen);
            details.Select(d => d.Underlay).Distinct().Count().ShouldBe(details.Length, Seen);
            details.ShouldAllBe(d => d.Underlay == UnderlayAddress.Derive(d.Address, d.Salt ?? 0), Seen);
            members.Select(m => (m.Group, m.Instance)).Distinct().Count().ShouldBe(members.Length, Seen);
            foreach (var member in members)
            {
                var group = groups.Single(g => g.Id == member.Group);
                member.Address.ShouldBe(group.Address, Seen);
                (member.State == MemberState.Left && member.Sled is not null).ShouldBeFalse(Seen);
                (member.State == MemberState.Joined && member.Sled is null).ShouldBeFalse(Seen);
                (member.State == MemberState.Joined && group.State != GroupPhase.Active).ShouldBeFalse(Seen);
                (MulticastRanges.IsSsm(member.Address) && member.Sources.IsEmpty).ShouldBeFalse(Seen);
            }

            var named = groups.ToDictionary(g => g.Id, g => s_groups.Single(w => w == g.Name || w == g.Address.ToString()));
            members.Select(m => (m.Instance, named[m.Group])).ShouldBe(_members, ignoreOrder: true, Seen);
            (await world.RowsAsync(InstanceMulticastViews.InstanceMulticast)).Select(r => (r.Instance, r.Group))
                .ShouldBe(members.Select(m => (m.Instance, m.Group)), ignoreOrder: true, Seen);
        }

        private string Seen => $"seed {seed}\n{string.Join('\n', _log)}";
    }

    private sealed class Life(long generation, string state, SledId home, int cubby)
    {
        public long Generation { get; set; } = generation;

        public string State { get; set; } = state;

        public SledId? Sled { get; set; } = home;

        public SledId Home { get; } = home;

        public int Cubby { get; set; } = cubby;
    }
}
