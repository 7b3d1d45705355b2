using System.Globalization;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>Refusals about external IP addresses.</summary>
public static class ExternalIpErrors
{
    public static Refusal NoSuchFloatingIp(string text) => Refusal.NotFound("floating-ip", MulticastErrors.Shown(text));

    public static Refusal NameTaken(string name) => new(
        RefusalKind.AlreadyExists, "FloatingIpNameTaken", $"already exists: floating-ip \"{name}\"", "choose another name");

    public static Refusal Void(ExternalIpId id) => Refusal.Conflict(
        "FloatingIpVoid", $"floating IP {id} was given up before it was made", "repeat the call with a new idempotency key");

    public static Refusal AddressRaced(Ip address) => new(
        RefusalKind.Unavailable, "ExternalIpRaced", $"{address} was taken by somebody else at the same moment", "repeat the call");

    public static Refusal StillAttached(string name) => Refusal.Invalid(
        "FloatingIpAttached", $"floating IP \"{name}\" is attached to an instance", "detach it first");

    public static Refusal AttachedElsewhere(string name) => Refusal.Invalid(
        "FloatingIpAttached", $"floating IP \"{name}\" cannot be attached: it is attached to another instance, or being deleted", "detach it first");

    public static Refusal NotAttached(string name) => Refusal.Invalid(
        "FloatingIpNotAttached", $"floating IP \"{name}\" is not attached to an instance", "gantry ip list shows what is attached");

    public static Refusal OtherProject(string name, string instance) => Refusal.Invalid(
        "FloatingIpOfOtherProject",
        $"floating IP \"{name}\" and instance \"{instance}\" are of different projects",
        "attach it to an instance of its own project");

    public static Refusal BadParent(string kind) => MulticastErrors.BadWord("kind", kind, "instance");

    public static Refusal NoEphemeral(IpVersion? version) => Refusal.Invalid(
        "NoEphemeralIp", $"the instance has no ephemeral {Family(version)}address", "list its external IPs");

    public static Refusal WhichEphemeral() => Refusal.Invalid(
        MulticastErrors.AmbiguousIpVersion, "the instance has both an IPv4 and an IPv6 ephemeral address", "specify ip_version as v4 or v6");

    public static Refusal HasEphemeral(IpVersion version, Ip present) => Refusal.Invalid(
        "EphemeralIpLimitReached",
        $"the instance has the ephemeral {Family(version)}address {present}; one of each version is the limit",
        "detach it first, or attach a floating IP");

    public static Refusal TooMany() => Refusal.Invalid(
        "ExternalIpLimitReached",
        $"the instance has {MulticastLimits.ExternalIpsPerInstance} external IPs, the limit is {MulticastLimits.ExternalIpsPerInstance}",
        "detach one first");

    public static Refusal SledIsBehind() => new(
        RefusalKind.Unavailable,
        "ExternalIpsUntold",
        $"the instance's sled has not yet taken back {MulticastLimits.UntoldExternalIps} addresses that were detached",
        "repeat the call when the sled answers again");

    public static Refusal InstanceGone(InstanceId instance) => Refusal.NotFound("instance", instance.ToString());

    public static Refusal NoDefaultPool(IpVersion? version) => Refusal.NotFound(
        "ip-pool", $"default {Family(version)}unicast pool of your silo");

    public static Refusal AmbiguousDefault() => Refusal.Invalid(
        MulticastErrors.AmbiguousIpVersion, "the silo has default unicast pools of both versions: the request must say which", "specify ip_version as v4 or v6");

    public static Refusal NotInAnyPool(Ip address) => Refusal.Invalid(
        "NoPoolForAddress",
        $"{address} is not in any unicast IP pool that is linked to your silo",
        "ask a fleet administrator to add a range with this address to a unicast pool linked to the silo");

    public static Refusal Exhausted(string pool) => new(
        RefusalKind.InsufficientCapacity,
        "PoolExhausted",
        $"ip-pool \"{pool}\" has no unicast addresses available",
        "use another pool, or ask a fleet administrator to add a range");

    public static Refusal Unavailable(Ip address, string pool) => Refusal.Invalid(
        "AddressNotAvailable", $"{address} is not available in ip-pool \"{pool}\"", "choose another address of the pool, or none");

    public static Refusal RangeInUse(IpRange range, int count) => Refusal.Invalid(
        "RangeInUse",
        $"range {range} cannot be removed: external IPs were allocated from it ({Number(count)})",
        "detach the ephemeral and delete the floating ones first");

    public static Refusal LinkInUse(string pool, int count) => Refusal.Invalid(
        "PoolLinkInUse",
        $"ip-pool \"{pool}\" cannot be unlinked: addresses are in use in the linked silo as external IPs ({Number(count)})",
        "detach the ephemeral and delete the floating ones first");

    private static string Number(int count) => count.ToString(CultureInfo.InvariantCulture);

    private static string Family(IpVersion? version) => version switch
    {
        IpVersion.V4 => "IPv4 ",
        IpVersion.V6 => "IPv6 ",
        _ => "",
    };
}
