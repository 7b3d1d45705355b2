using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Contracts;

/// <summary>Addresses of the entities that areas write to each other (engine 7.2).</summary>
public static class Addresses
{
    /// <summary>The rack's record: sled ids and subnet octets given out.</summary>
    public static EntityAddress Rack(RackId id) => new("rack", id.ToString());

    /// <summary>A sled: facts, policy, capacity, reservations.</summary>
    public static EntityAddress Sled(SledId id) => new("sled", id.ToString());

    /// <summary>A switch of a rack; also the key of its adapter and its reconciler.</summary>
    public static EntityAddress Switch(RackId rack, int slot) => new("switch", SwitchKey(rack, slot));

    /// <summary>The key part of a switch's address: <c>&lt;rack id&gt;-&lt;slot&gt;</c>.</summary>
    public static string SwitchKey(RackId rack, int slot) => $"{rack}-{slot}";

    /// <summary>An instance.</summary>
    public static EntityAddress Instance(InstanceId id) => new("instance", id.ToString());

    /// <summary>An affinity or anti-affinity group.</summary>
    public static EntityAddress AffinityGroup(Guid id) => new("affinity-group", id.ToString());

    /// <summary>A VMM.</summary>
    public static EntityAddress Vmm(VmmId id) => new("vmm", id.ToString());

    /// <summary>One instance's multicast memberships.</summary>
    public static EntityAddress InstanceMulticast(InstanceId id) => new("instance-multicast", id.ToString());

    /// <summary>A multicast group with its members.</summary>
    public static EntityAddress MulticastGroup(GroupId id) => new("multicast-group", id.ToString());

    /// <summary>A network of a customer.</summary>
    public static EntityAddress Vpc(VpcId id) => new("vpc", id.ToString());

    /// <summary>A floating IP: an address of a project that goes from instance to instance.</summary>
    public static EntityAddress FloatingIp(ExternalIpId id) => new("floating-ip", id.ToString());

    /// <summary>One instance's external IP addresses.</summary>
    public static EntityAddress InstanceExternalIps(InstanceId id) => new("instance-external-ips", id.ToString());

    /// <summary>An IP pool with its ranges, links and addresses given out.</summary>
    public static EntityAddress IpPool(PoolId id) => new("ip-pool", id.ToString());

    /// <summary>A silo.</summary>
    public static EntityAddress Silo(SiloId id) => new("silo", id.ToString());

    /// <summary>A project.</summary>
    public static EntityAddress Project(ProjectId id) => new("project", id.ToString());

    /// <summary>All trust-quorum configurations of a rack.</summary>
    public static EntityAddress TqConfig(RackId id) => new("tq-config", id.ToString());

    /// <summary>A user with tokens and roles.</summary>
    public static EntityAddress User(UserId id) => new("user", id.ToString());
}
