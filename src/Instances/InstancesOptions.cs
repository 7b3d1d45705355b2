namespace Gantry.Instances;

/// <summary>What Instances has to know of the section <c>gantry.multicast</c>.</summary>
public sealed class MulticastFeature
{
    /// <summary>Default false. While false the multicast groups of a creation or change are silently skipped (multicast 3.7).</summary>
    public bool Enabled { get; set; }
}
