using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Multicast;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Multicast;

/// <summary>Bounds of a group (multicast 1.1): the last that fits, and what the next one is told.</summary>
public sealed class BoundsTests
{
    [Theory]
    [InlineData("224.2.0.5", "224.2.0.0", "224.2.0.9", 340)]
    [InlineData("ff0e::5", "ff0e::", "ff0e::9", 180)]
    public async Task Group_has_as_many_sources_as_a_switch_takes_in_one_body(string address, string first, string last, int bound)
    {
        await using var world = await MulticastWorld.StartAsync();
        await world.PoolAsync(first, last);
        var isV6 = address.Contains(':', StringComparison.Ordinal);
        string[] sources =
        [
            .. Enumerable.Range(1, bound + 1).Select(n => isV6 ? $"fd00:1111:2222:3333:4444:5555:6666:{n + 0x1000:x}" : $"10.250.{n / 250}.{1 + (n % 250)}"),
        ];
        foreach (var some in sources.Take(bound).Chunk(MulticastLimits.SourcesPerMember))
        {
            (await world.JoinAsync(await world.RunningAsync(7), address, some)).ShouldBeAccepted();
        }

        (await world.JoinAsync(await world.RunningAsync(7), address, [sources[^1]])).ShouldBeRefused(mentions: $"{bound}");
        (await world.JoinAsync(await world.RunningAsync(7), address, [sources[0]])).ShouldBeAccepted();
        await world.ConvergeAsync();

        (await world.GroupAsync(address))!.Sources.Length.ShouldBe(bound);
        world.First.Groups.Single(g => !g.IsUnderlay).Sources.Length.ShouldBe(bound);
    }

    [Fact]
    public void Group_has_1024_members()
    {
        var runner = GroupKind.Kind.Runner;
        var self = Addresses.MulticastGroup(new GroupId(GuidForm.FromText("full")));
        var birth = new GroupBirth(
            "full", "", Ip.Parse("224.2.0.5"), new PoolId(Guid.Empty), new PoolRangeId(Guid.Empty), 0, ["rack-0"]);
        var state = runner.Initial;

        Reply Join(int number)
        {
            var join = new GroupCommand.Join(
                new InstanceId(GuidForm.FromText($"instance {number}")), null, new InstanceFacts(1, IsValid: true, null), number == 0 ? birth : null);
            var turn = new Turn(self, number, DateTimeOffset.UnixEpoch, new CommandKey($"join-{number}"), new Principal(PrincipalKind.Host, "test"));
            var decision = runner.Decide(state, join, turn);
            state = decision.Events.Aggregate(state, runner.Apply);
            return decision.Reply;
        }

        for (var number = 0; number < MulticastLimits.MembersPerGroup; number++)
        {
            Join(number).ShouldBeOfType<Reply.Accepted>();
        }

        Join(MulticastLimits.MembersPerGroup).ShouldBeOfType<Reply.Refused>().Why.Kind.ShouldBe(RefusalKind.InvalidRequest);
        Join(5).ShouldBeOfType<Reply.Accepted>();
        ((GroupState)state).Members.Count.ShouldBe(1024);
    }
}
