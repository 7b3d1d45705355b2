using System.Globalization;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>Every refusal of the area. Codes are stable: they are what <c>gantry explain</c> knows.</summary>
public static class MulticastErrors
{
    public const string AmbiguousIpVersion = "AmbiguousIpVersion";

    /// <summary>The engine's code for a unique value that another entity holds (engine 3.1).</summary>
    public const string ClaimTaken = "ClaimTaken";

    public const string InstanceIsGone = "InstanceDeleted";
    public const string GroupVoid = "GroupVoid";
    public const string GroupIsAnother = "GroupIsAnother";
    public const string GroupIsDeleting = "GroupIsDeleting";
    public const string AddressTaken = "MulticastAddressTaken";
    public const string AddressNotInPool = "MulticastAddressNotInPool";
    public const string PoolExhausted = "MulticastPoolExhausted";

    public static Refusal Disabled() => Refusal.Invalid(
        "MulticastDisabled",
        "multicast functionality is disabled",
        "set gantry.multicast.enabled = true and restart the node");

    public static Refusal BadIdentifier(string text) => Refusal.Invalid(
        "BadGroupIdentifier",
        $"\"{Shown(text)}\" names no multicast group: it is neither a UUID, an IP address nor a name",
        "names begin with a lower case letter, hold lower case letters, digits and dashes, and have at most 63 characters");

    public static Refusal BadIpVersion(string text) => Refusal.Invalid(
        "BadIpVersion", $"ip_version \"{Shown(text)}\" is neither v4 nor v6");

    public static Refusal BadAddress(string text) => Refusal.Invalid(
        "BadAddress", $"\"{Shown(text)}\" is not an IP address", "write it without brackets, port, zone or prefix length");

    public static Refusal BadWord(string member, string text, params string[] words) => Refusal.Invalid(
        "BadWord", $"{member} \"{Shown(text)}\" is none of {string.Join(", ", words)}");

    public static Refusal BadName(string text, string why) => Refusal.Invalid("BadName", $"name \"{Shown(text)}\": {why}");

    public static Refusal LongDescription(int length) => Refusal.Invalid(
        "DescriptionTooLong",
        $"the description has {length} characters, at most {ObjectName.DescriptionLengthMax} are kept");

    // ---- sources -------------------------------------------------------------------------------------------------

    public static Refusal BadSource(string text, string why) => Refusal.Invalid(
        "BadSource", $"source address \"{Shown(text)}\" cannot be used: {why}", "give unicast addresses of real senders");

    public static Refusal TooManySources(int count) => Refusal.Invalid(
        "TooManySources",
        $"{count} source addresses were given; a member has at most {MulticastLimits.SourcesPerMember}",
        "name fewer sources, or join another group for the rest");

    public static Refusal SsmWithoutSources(Ip group) => Refusal.Invalid(
        "SsmNeedsSources",
        $"{group} is a source-specific (SSM) multicast address: a join needs one or more source addresses in source_ips",
        "name the senders in source_ips, or use an any-source (ASM) address");

    public static Refusal SourceFamily(Ip group, Ip source) => Refusal.Invalid(
        "SourceFamilyMismatch",
        $"source {source} is {Family(source.Version)} but the group {group} is {Family(group.Version)}",
        "name sources of the group's own family");

    public static Refusal TooManyGroupSources(Ip group, int count, int bound) => Refusal.Invalid(
        "TooManyGroupSources",
        $"the members of {group} would name {count} distinct sources; the switches take at most {bound} for one group",
        "join with fewer sources, or without any where the group is any-source");

    // ---- groups and memberships ----------------------------------------------------------------------------------

    public static Refusal NoSuchGroup(string text) => Refusal.NotFound("multicast-group", Shown(text));

    public static Refusal NoSuchInstance(string text) => Refusal.NotFound("instance", Shown(text));

    public static Refusal InstanceGone(InstanceId instance) => Refusal.Invalid(
        InstanceIsGone, $"instance {instance} does not exist or is being deleted, it cannot join a multicast group");

    public static Refusal GroupDeleting(GroupId group) => Refusal.Invalid(
        GroupIsDeleting,
        $"multicast group {group} is being deleted, no instance can join it any more",
        "join by address or name: a new group is made");

    public static Refusal Void(GroupId group) => Refusal.Conflict(
        GroupVoid, $"multicast group {group} was given up before it was made", "repeat the join");

    public static Refusal Another(GroupId group) => Refusal.Conflict(
        GroupIsAnother, $"multicast group {group} was made with another name or address meanwhile", "repeat the join");

    public static Refusal GroupLimit(InstanceId instance) => Refusal.Invalid(
        "GroupLimitReached",
        $"instance {instance} is a member of {MulticastLimits.GroupsPerInstance} multicast groups, the limit is " +
        $"{MulticastLimits.GroupsPerInstance} groups per instance",
        "leave a group first");

    public static Refusal GroupLimitOfRequest(int count) => Refusal.Invalid(
        "GroupLimitReached",
        $"{count} multicast groups were asked for; the limit is {MulticastLimits.GroupsPerInstance} groups per instance",
        "name fewer groups");

    public static Refusal MemberLimit(GroupId group) => Refusal.Invalid(
        "MemberLimitReached",
        $"multicast group {group} has {MulticastLimits.MembersPerGroup} members, the limit is {MulticastLimits.MembersPerGroup}",
        "use a second group");

    public static Refusal DuplicateGroup(string first, string second) => Refusal.Invalid(
        "DuplicateGroup",
        $"duplicate multicast group: \"{Shown(first)}\" and \"{Shown(second)}\" are the same group",
        "name each group once");

    public static Refusal NameTaken(string name) => new(
        RefusalKind.AlreadyExists,
        "GroupNameTaken",
        $"already exists: multicast-group \"{name}\" (with another address)",
        "join that group by its name, or use another address");

    public static Refusal VpcNameTaken(string name) => new(
        RefusalKind.AlreadyExists, "VpcNameTaken", $"already exists: vpc \"{name}\"", "choose another name");

    public static Refusal GroupIsImplicit(string name) => Refusal.Invalid(
        "GroupIsImplicit",
        $"multicast group {name} was made by its first join: it has nothing to change and goes with its last member",
        "make a group with POST /v1/multicast-groups to have one that can be changed");

    public static Refusal GroupNotActive(string name, GroupPhase phase) => Refusal.Invalid(
        "GroupNotActive",
        $"multicast group {name} is {phase}, only an Active group can be changed",
        "wait until the switches hold it, then repeat");

    public static Refusal GroupHasMembers(string name, int count) => Refusal.Invalid(
        "GroupHasMembers",
        $"multicast group {name} has {count} members and cannot be deleted",
        "let them leave first, or add ?force=true to take them out");

    public static Refusal BadVlan(long vlan) => Refusal.Invalid(
        "BadVlan", $"mvlan {vlan.ToString(CultureInfo.InvariantCulture)} is not 2 to 4094", "leave it out for untagged packets");

    public static Refusal BadPoolVlan(long vlan) => Refusal.Invalid("BadVlan", $"mvlan {vlan} of a pool is not within 0 and 4094");

    public static Refusal NetworkOfUnicastPool(string pool) => Refusal.Invalid(
        "NotForUnicastPools",
        $"ip-pool \"{pool}\" is unicast: mvlan and switch_port_uplinks are for multicast pools",
        "leave them out");

    public static Refusal BadUplink(string text) => Refusal.Invalid(
        "BadUplink",
        $"\"{Shown(text)}\" in switch_port_uplinks names no front port of a switch of this rack",
        "write switch0.qsfp0 to switch1.qsfp31");

    public static Refusal PoolNotMulticast(string name) => Refusal.Invalid(
        "PoolNotMulticast", $"pool {name} is a unicast pool, multicast groups need a multicast pool");

    public static Refusal NoDefaultPool() => Refusal.NotFound("ip-pool", "default multicast pool of your silo");

    public static Refusal LostRaces() => new(
        RefusalKind.Unavailable,
        "TooManyRaces",
        $"the join lost {MulticastLimits.JoinAttempts} races in a row against others for the same group",
        "repeat the call");

    // ---- pools ---------------------------------------------------------------------------------------------------

    public static Refusal NoSuchPool(string text) => Refusal.NotFound("ip-pool", Shown(text));

    public static Refusal NoSuchSilo(string text) => Refusal.NotFound("silo", Shown(text));

    public static Refusal NoSuchLink(string pool, string silo) => Refusal.NotFound($"link of ip-pool \"{Shown(pool)}\" to silo", Shown(silo));

    public static Refusal PoolNameTaken(string name) => new(
        RefusalKind.AlreadyExists, "PoolNameTaken", $"already exists: ip-pool \"{name}\"", "choose another name");

    public static Refusal LinkExists(string pool, SiloId silo) => new(
        RefusalKind.AlreadyExists,
        "PoolLinkExists",
        $"already exists: ip-pool \"{pool}\" is linked to silo {silo}",
        "change the link instead");

    public static Refusal PoolHasRanges(string pool, int count) => Refusal.Invalid(
        "PoolHasRanges",
        $"ip-pool \"{pool}\" cannot be deleted: it has {Number(count, "range", "ranges")}",
        "remove its ranges first");

    public static Refusal NoSuchRange(IpRange range) => Refusal.Invalid(
        "RangeNotFound", $"the pool has no range with exactly the bounds {range}", "list the pool's ranges");

    public static Refusal RangeInUse(IpRange range, int groups) => Refusal.Invalid(
        "RangeInUse",
        $"range {range} cannot be removed: {Number(groups, "multicast group was", "multicast groups were")} allocated from it",
        "let the groups' last members leave first");

    public static Refusal LinkInUse(string pool, int groups) => Refusal.Invalid(
        "PoolLinkInUse",
        $"ip-pool \"{pool}\" cannot be unlinked: {Number(groups, "address is", "addresses are")} in use in the linked silo",
        "let the groups' last members leave first");

    public static Refusal CannotLinkSystemPool(string pool) => Refusal.Invalid(
        "SystemPoolNotLinkable",
        $"ip-pool \"{pool}\" is assigned to system services and cannot be linked to a silo",
        "assign it to silos first");

    public static Refusal CannotAssignLinkedPool(string pool, int silos) => Refusal.Invalid(
        "PoolIsLinked",
        $"ip-pool \"{pool}\" is linked to {Number(silos, "silo", "silos")} and cannot be assigned to system services",
        "unlink it first");

    public static Refusal TooManyRanges(string pool) => Refusal.Invalid(
        "TooManyRanges",
        $"ip-pool \"{pool}\" has {MulticastLimits.RangesPerPool} ranges, the limit is {MulticastLimits.RangesPerPool}",
        "remove ranges, or use another pool");

    public static Refusal TooManyLinks(string pool) => Refusal.Invalid(
        "TooManyLinks",
        $"ip-pool \"{pool}\" is linked to {MulticastLimits.LinksPerPool} silos, the limit is {MulticastLimits.LinksPerPool}",
        "use another pool");

    public static Refusal RangeRaces(IpRange range) => Refusal.Invalid(
        "ConcurrentPoolChange", $"range {range} could not be added: the pools were changed at the same time", "repeat the call");

    public static Refusal Exhausted(string pool) => new(
        RefusalKind.InsufficientCapacity,
        PoolExhausted,
        $"no multicast addresses available in ip-pool \"{pool}\"",
        "add a range to the pool, or let groups' last members leave");

    public static Refusal Unavailable(Ip address, string pool) => Refusal.Invalid(
        AddressNotInPool,
        $"{address} is not available in the ranges of ip-pool \"{pool}\"",
        "list the pool's ranges");

    public static Refusal Taken(Ip address, GroupId holder) => Refusal.Conflict(
        AddressTaken, $"{address} is given out to multicast group {holder}", "join that group");

    public static Refusal NotInAnyPool(Ip address) => Refusal.Invalid(
        "NoPoolForAddress",
        $"{address} is not in any multicast IP pool that is configured for your silo",
        "ask a fleet administrator to add a range with this address to a multicast pool linked to the silo");

    public static Refusal AmbiguousVersion() => Refusal.Invalid(
        AmbiguousIpVersion,
        "the silo has both IPv4 and IPv6 multicast pools: the join must say which",
        "specify ip_version as v4 or v6");

    public static Refusal TooManySubscriptions(string sled) => new(
        RefusalKind.InsufficientCapacity,
        "TooManySubscriptions",
        $"sled {sled} has {MulticastLimits.SubscriptionsPerSled} subscriptions of VMMs to groups and takes no more",
        "move instances to other sleds, or let them leave groups");

    public static Refusal AmbiguousDefaultPool() => Refusal.Invalid(
        AmbiguousIpVersion,
        "the silo has default multicast pools of both IP versions: the request must say which",
        "name the pool, or give an address as multicast_ip");

    public static Refusal NoPool(IpVersion? version, bool isSsmWanted)
    {
        var family = version is { } given ? $"{Family(given)} " : "";
        var kind = isSsmWanted ? "SSM or ASM" : "ASM";
        return Refusal.Invalid(
            "NoMulticastPool",
            $"no {family}{kind} multicast pool is linked to your silo",
            "ask a fleet administrator to link a multicast pool to the silo");
    }

    /// <summary>Text of a caller in a message: shortened, so that a message stays a message.</summary>
    internal static string Shown(string text) => text.Length <= 80 ? text : text[..77] + "...";

    private static string Number(int count, string one, string many) =>
        count.ToString(CultureInfo.InvariantCulture) + " " + (count == 1 ? one : many);

    private static string Family(IpVersion version) => version == IpVersion.V4 ? "IPv4" : "IPv6";
}
