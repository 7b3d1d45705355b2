using System.Collections.Immutable;
using Gantry.Devices;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>One call to a switch.</summary>
public abstract record SwitchStep
{
    private SwitchStep()
    {
    }

    /// <summary>Removes everything with the tag: externals, then underlays.</summary>
    public sealed record ResetTag(string Tag) : SwitchStep;

    /// <summary>Removes one object.</summary>
    public sealed record Delete(Ip Address, string Tag) : SwitchStep;

    /// <summary>Makes the underlay object, with its members known (switch-dpd K6).</summary>
    public sealed record CreateUnderlay(UnderlayGroupBody Body) : SwitchStep;

    /// <summary>Replaces the underlay object's members.</summary>
    public sealed record SetMembers(Ip Address, string Tag, ImmutableArray<SwitchMember> Members) : SwitchStep;

    /// <summary>Makes the external object.</summary>
    public sealed record CreateExternal(ExternalGroupBody Body) : SwitchStep
    {
        /// <summary>The underlay object has front ports already: a failure may take its decapsulation entry along (switch-dpd K5).</summary>
        public bool IsOverFrontPorts { get; init; }
    }

    /// <summary>Replaces the external object's NAT target, VLAN and sources.</summary>
    public sealed record UpdateExternal(ExternalGroupBody Body) : SwitchStep;
}

/// <summary>What is to be done for one group, in order.</summary>
/// <param name="Group">The group; null for an orphan, of which only the tag is known.</param>
/// <param name="Tag">The tag.</param>
/// <param name="Steps">Calls in order; none when the switch is right.</param>
/// <param name="Conflict">Why the group cannot be made on this switch; null when nothing is in the way.</param>
public sealed record GroupWork(GroupId? Group, string Tag, ImmutableArray<SwitchStep> Steps, string? Conflict = null)
{
    /// <summary>An update of it broke off halfway: whatever it looks like, it is made anew (switch-dpd K4).</summary>
    public bool IsHalf { get; init; }

    /// <summary>The switch holds what it should.</summary>
    public bool IsDone => Steps.IsEmpty && Conflict is null && !IsHalf;

    /// <summary>There is something to call.</summary>
    public bool HasCalls => !Steps.IsEmpty || IsHalf;
}

/// <summary>The work of one turn, removals before everything else, and what was found that is nobody's business here.</summary>
/// <param name="Work">By group; groups with nothing to do included.</param>
/// <param name="Foreign">Objects whose tag is not of our form, and ports of ours that others put there. Never touched.</param>
public sealed record SwitchWork(ImmutableArray<GroupWork> Work, ImmutableArray<ForeignEntry> Foreign)
{
    /// <summary>Whether there is anything to call.</summary>
    public bool HasCalls => Work.Any(w => w.HasCalls);

    /// <summary>The work for a group.</summary>
    public GroupWork? For(GroupId group) => Work.FirstOrDefault(w => w.Group == group);
}

/// <summary>What somebody else keeps on a switch.</summary>
/// <param name="Address">The object.</param>
/// <param name="Tag">Its tag.</param>
/// <param name="Port">The port within an object of ours, for example <c>qsfp3/0 External</c>; null when the whole object is foreign.</param>
public sealed record ForeignEntry(Ip Address, string Tag, string? Port = null);
