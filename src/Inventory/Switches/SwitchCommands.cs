using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Inventory;

/// <summary>Commands of <c>switch/&lt;rack id&gt;-&lt;slot&gt;</c>.</summary>
public abstract record SwitchCommand;

/// <summary>Makes the switch known, or moves it to another address.</summary>
/// <param name="Rack">Its rack.</param>
/// <param name="Slot">0 or 1.</param>
/// <param name="Address">Base address of its daemon.</param>
[Wire("switch.declare")]
public sealed record DeclareSwitch(RackId Rack, int Slot, string Address) : SwitchCommand, ICommand<Done>;

/// <summary>What the switch said of itself.</summary>
[Wire("switch.record")]
public sealed record RecordSwitch(SwitchSeen Seen, DateTimeOffset At) : SwitchCommand, ICommand<Done>;

/// <summary>Identity and rear ports of a switch.</summary>
public sealed record SwitchSeen(string Serial, string Part, long Revision, ImmutableArray<string> RearPorts)
{
    /// <summary>Equality by content, rear ports included in order.</summary>
    public bool Equals(SwitchSeen? other) =>
        other is not null && Serial == other.Serial && Part == other.Part && Revision == other.Revision
        && RearPorts.SequenceEqual(other.RearPorts);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Serial, Part, Revision, RearPorts.Length);
}
