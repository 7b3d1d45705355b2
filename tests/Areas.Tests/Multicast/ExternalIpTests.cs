using Gantry.Contracts;
using Gantry.Multicast;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Multicast;

/// <summary>External addresses between their three owners: the pool, the floating IP and the instance.</summary>
public sealed class ExternalIpTests
{
    private static readonly InstanceId s_instance = new(GuidForm.FromText("instance"));
    private static readonly ExternalIpId s_first = new(GuidForm.FromText("first"));
    private static readonly ExternalIpId s_second = new(GuidForm.FromText("second"));

    [Fact]
    public async Task Address_that_was_lent_and_never_attached_goes_back()
    {
        await using var world = await MulticastWorld.StartAsync();
        var pool = await PoolAsync(world);
        var lent = await LendAsync(world, pool, s_first, s_instance);
        (await LendAsync(world, pool, s_first, s_instance)).ShouldBe(lent);
        (await world.TryAsync(Addresses.IpPool(pool), new PoolCommand.Lend(s_second, s_instance, null))).ShouldBeRefused(RefusalKind.InsufficientCapacity, "no unicast");

        await world.AfterAsync(TimeSpan.FromSeconds(31));

        (await LendAsync(world, pool, s_second, s_instance)).ShouldBe(lent);
    }

    [Fact]
    public async Task Attach_that_comes_late_keeps_its_address_and_whoever_was_promised_it_since_does_not_get_it()
    {
        await using var world = await MulticastWorld.StartAsync();
        var pool = await PoolAsync(world);
        var lease = await LendAsync(world, pool, s_first, s_instance);
        await world.AfterAsync(TimeSpan.FromSeconds(31));
        var other = new InstanceId(GuidForm.FromText("other"));
        (await LendAsync(world, pool, s_second, other)).ShouldBe(lease);

        await world.AskAsync(
            Addresses.InstanceExternalIps(s_instance), new InstanceIpsCommand.AttachEphemeral(s_first, lease.Address, pool, lease.Range));
        await world.QuietAsync();

        (await world.TryAsync(
            Addresses.InstanceExternalIps(other), new InstanceIpsCommand.AttachEphemeral(s_second, lease.Address, pool, lease.Range)))
            .ShouldBeRefused(RefusalKind.AlreadyExists);
        (await LendAsync(world, pool, s_first, s_instance)).ShouldBe(lease);
    }

    [Fact]
    public async Task Floating_IP_that_was_asked_for_before_it_was_made_is_void()
    {
        await using var world = await MulticastWorld.StartAsync();
        var pool = await PoolAsync(world);
        var lease = await LendAsync(world, pool, s_first, null);
        await world.AfterAsync(TimeSpan.FromSeconds(31));

        (await world.TryAsync(Addresses.FloatingIp(s_first), Create(pool, lease))).ShouldBeRefused(RefusalKind.Conflict, "given up");
    }

    [Fact]
    public async Task Change_is_to_be_told_until_it_was_and_again_when_another_came_meanwhile()
    {
        await using var world = await MulticastWorld.StartAsync();
        var pool = await PoolAsync(world);
        var lease = await LendAsync(world, pool, s_first, null);
        var ips = Addresses.InstanceExternalIps(s_instance);
        await world.AskAsync(ips, new InstanceIpsCommand.AttachFloating(s_first, "front", lease.Address, pool));
        var attached = (await world.RowsAsync(IpChangeViews.Changes)).ShouldHaveSingleItem().Change;
        attached.IsGone.ShouldBeFalse();

        await world.AskAsync(ips, new InstanceIpsCommand.DetachFloating(s_first, "front"));
        await world.AskAsync(ips, new InstanceIpsCommand.RecordTold([attached]));
        var detached = (await world.RowsAsync(IpChangeViews.Changes)).ShouldHaveSingleItem().Change;
        detached.IsGone.ShouldBeTrue();

        await world.AskAsync(ips, new InstanceIpsCommand.RecordTold([detached]));
        (await world.RowsAsync(IpChangeViews.Changes)).ShouldBeEmpty();
        await world.AskAsync(ips, new InstanceIpsCommand.RecordTold([detached]));
    }

    [Fact]
    public async Task Deleted_floating_IP_is_attached_by_nobody_who_read_it_before()
    {
        await using var world = await MulticastWorld.StartAsync();
        var pool = await PoolAsync(world);
        var lease = await LendAsync(world, pool, s_first, null);
        await world.AskAsync(Addresses.FloatingIp(s_first), Create(pool, lease));
        var attach = new InstanceIpsCommand.AttachFloating(s_first, "front", lease.Address, pool);
        await world.AskAsync(Addresses.InstanceExternalIps(s_instance), attach);
        (await world.TryAsync(Addresses.FloatingIp(s_first), new FloatingIpCommand.Delete())).ShouldBeRefused(RefusalKind.AlreadyExists);

        await world.AskAsync(Addresses.InstanceExternalIps(s_instance), new InstanceIpsCommand.DetachFloating(s_first, "front"));
        await world.AskAsync(Addresses.FloatingIp(s_first), new FloatingIpCommand.Delete());

        (await world.TryAsync(Addresses.InstanceExternalIps(s_instance), attach)).ShouldBeRefused(RefusalKind.AlreadyExists);
        await world.QuietAsync();
        (await LendAsync(world, pool, s_second, null)).ShouldBe(lease);
    }

    [Fact]
    public async Task Instance_that_is_gone_takes_no_address_and_keeps_none()
    {
        await using var world = await MulticastWorld.StartAsync();
        var pool = await PoolAsync(world);
        var lease = await LendAsync(world, pool, s_first, s_instance);
        var attach = new InstanceIpsCommand.AttachEphemeral(s_first, lease.Address, pool, lease.Range);
        await world.AskAsync(Addresses.InstanceExternalIps(s_instance), attach);
        (await world.RowsAsync(InstanceExternalIpViews.InstanceExternalIps)).Length.ShouldBe(1);

        await world.AskAsync(Addresses.InstanceExternalIps(s_instance), new InstanceIpsCommand.InstanceGone());
        await world.QuietAsync();

        (await world.RowsAsync(InstanceExternalIpViews.InstanceExternalIps)).ShouldBeEmpty();
        (await world.TryAsync(Addresses.InstanceExternalIps(s_instance), attach)).ShouldBeRefused(RefusalKind.NotFound);
        (await LendAsync(world, pool, s_second, s_instance)).ShouldBe(lease);
    }

    [Theory]
    [InlineData("uni", "uni")]
    [InlineData(null, "uni")]
    [InlineData("no-such", null)]
    public void Pool_is_chosen_by_name_or_as_the_default(string? named, string? chosen)
    {
        var uni = new PoolCandidate(new PoolId(GuidForm.FromText("uni")), "uni", IpVersion.V4, IsDefault: true, []);
        var six = new PoolCandidate(new PoolId(GuidForm.FromText("six")), "six", IpVersion.V6, IsDefault: false, []);

        var (pool, refusal) = UnicastSelection.Select(named is null ? new PoolChoice.Default(null) : new PoolChoice.Named(named), [uni, six]);

        pool?.Name.ShouldBe(chosen);
        (refusal is null).ShouldBe(chosen is not null);
    }

    private static FloatingIpCommand.Create Create(PoolId pool, LeaseReply lease) => new(
        MulticastWorld.Silo, new ProjectId(GuidForm.FromText("project")), "front", "", lease.Address, pool, lease.Range);

    private static Task<LeaseReply> LendAsync(MulticastWorld world, PoolId pool, ExternalIpId lease, InstanceId? instance) =>
        world.AskAsync(Addresses.IpPool(pool), new PoolCommand.Lend(lease, instance, null));

    private static async Task<PoolId> PoolAsync(MulticastWorld world)
    {
        var pool = await world.EmptyPoolAsync(PoolType.Unicast, IpVersion.V4);
        (await world.AddRangeAsync(pool, "203.0.113.1", "203.0.113.1")).ShouldBeAccepted();
        return pool.Id;
    }
}
