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

    /// <summary>Port of every hypervisor (vmm 1.4).</summary>
    public const int PropolisPort = 12400;

    /// <summary>Pulls that end without a conclusion before the next resync takes over (vmm 3.5).</summary>
    public const int PullAttemptsMax = 4;

    /// <summary>After this an unwound VMM that is still linked asks again (vmm 3.10, the reaper's period).</summary>
    public static readonly TimeSpan ReapAgain = TimeSpan.FromSeconds(60);

    /// <summary>A VMM in transition that just changed is looked at again after this.</summary>
    public static readonly TimeSpan LookAgainFirst = TimeSpan.FromMilliseconds(250);

    /// <summary>A VMM in transition that did not change is looked at again after this.</summary>
    public static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    /// <summary>Deadline of asks by activities and reconcilers.</summary>
    public static readonly TimeSpan AskDeadline = TimeSpan.FromSeconds(10);

    /// <summary>A call of a sled agent that reads or changes a VMM (vmm 3.5).</summary>
    public static readonly TimeSpan SledDeadline = TimeSpan.FromSeconds(60);
}
