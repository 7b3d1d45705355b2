using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Inventory;

/// <summary>Facts of a switch.</summary>
internal abstract record SwitchEvent;

[Wire("switch.declared")]
internal sealed record SwitchDeclared(SwitchId Id, RackId Rack, int Slot, string Address, DateTimeOffset At) : SwitchEvent;

[Wire("switch.moved")]
internal sealed record SwitchMoved(string Address, DateTimeOffset At) : SwitchEvent;

[Wire("switch.seen")]
internal sealed record SwitchWasSeen(SwitchSeen Seen, DateTimeOffset At) : SwitchEvent;
