using System.Collections.Immutable;

namespace Gantry.Instances;

/// <summary>Bounds of the area (vmm 4.1 unless said).</summary>
public static class InstancesLimits
{
    /// <summary>vCPUs of one instance.</summary>
    public const int CpusMax = 254;

    /// <summary>One GiB: the smallest memory, and its step.</summary>
    public const long MemoryStepBytes = 1L << 30;

    /// <summary>Memory of one instance: 1,536 GiB.</summary>
    public const long MemoryBytesMax = 1536 * MemoryStepBytes;

    /// <summary>Characters of a host name (RFC 1035).</summary>
    public const int HostnameLengthMax = 253;

    /// <summary>Multicast groups of one instance.</summary>
    public const int MulticastGroupsMax = 32;

    /// <summary>External addresses in one request (vmm 4.1).</summary>
    public const int ExternalIpsMax = 32;

    /// <summary>Ephemeral ones among them, one of each IP version (vmm 4.1).</summary>
    public const int EphemeralIpsMax = 2;

    /// <summary>Port of every hypervisor (vmm 1.4).</summary>
    public const int PropolisPort = 12400;

    /// <summary>After this an unwound VMM that is still linked asks again (vmm 3.10, the reaper's period).</summary>
    public static readonly TimeSpan ReapAgain = TimeSpan.FromSeconds(60);

    /// <summary>How long the place of a soft-deleted VMM is remembered for fencing. Ours: the longest that a sled keeps a terminal one is a day.</summary>
    public static readonly TimeSpan GraveKept = TimeSpan.FromDays(7);

    /// <summary>Pause before each retry of a pull that a ring asked for and that came to no conclusion (vmm 3.5).</summary>
    public static readonly ImmutableArray<TimeSpan> PullRetries =
        [TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4)];

    /// <summary>The part of such a pause by which chance lengthens or shortens it.</summary>
    public const double PullRetryJitter = 0.2;

    /// <summary>Rings are counted in slices of this length.</summary>
    public static readonly TimeSpan StormSlice = TimeSpan.FromMilliseconds(250);

    /// <summary>So many rings in one slice are a storm. Ours: 1,000 a second is five times what a rack of 1,000 busy VMMs makes.</summary>
    public const int StormRings = 250;

    /// <summary>How often a pull that is owed looks whether its VMM is registered by now. Ours: at the node that registers it there is no wait.</summary>
    public static readonly TimeSpan RegisterLook = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest that a pull is put off in a storm. Ours: with it a change still shows long before the watcher's next look.</summary>
    public static readonly TimeSpan StormPatience = TimeSpan.FromSeconds(3);

    /// <summary>A ring that no pull took is forgotten after this. Ours: longer than a pull is ever put off, or waits for the one before it.</summary>
    public static readonly TimeSpan RingKept = TimeSpan.FromSeconds(90);

    /// <summary>Checks of the watcher at once on this node, each with the update it causes (vmm 3.9).</summary>
    public const int ChecksMax = 16;

    /// <summary>VMMs that one query of the watcher reads (vmm 3.9).</summary>
    public const int WatchPage = 1_000;

    /// <summary>Instances started again at once (vmm 4.8).</summary>
    public const int RestartsMax = 16;

    /// <summary>Members of an affinity group (vmm 4.9).</summary>
    public const int AffinityMembersMax = 32;

    /// <summary>Affinity groups of one instance (Nexus document, <c>AffinityGroupMember</c>).</summary>
    public const int AffinityGroupsMax = 16;

    /// <summary>A swap of reservations whose second half found the claim still taken is tried again after this.</summary>
    public static readonly TimeSpan SwapAgain = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Time for the target of a migration whose source was lost to say how it ended. Ours: longer than the pull that asks it may take, because a guest
    /// that has arrived there would be ended with it.
    /// </summary>
    public static readonly TimeSpan TargetPatience = TimeSpan.FromSeconds(75);

    /// <summary>Time for the source of a migration to end after its guest has arrived; then its sled is told to end it. Ours.</summary>
    public static readonly TimeSpan LetGoPatience = TimeSpan.FromMinutes(5);

    /// <summary>The pause between automatic restarts when none is configured (vmm 1.3).</summary>
    public static readonly TimeSpan CooldownDefault = TimeSpan.FromMinutes(5);

    /// <summary>Deadline of asks by activities and reconcilers.</summary>
    public static readonly TimeSpan AskDeadline = TimeSpan.FromSeconds(10);

    /// <summary>A call of a sled agent that reads or changes a VMM (vmm 3.5).</summary>
    public static readonly TimeSpan SledDeadline = TimeSpan.FromSeconds(60);
}
