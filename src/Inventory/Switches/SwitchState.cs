using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Inventory;

/// <summary>A switch of a rack: declared by configuration, identity and rear ports as it last said.</summary>
[Wire("switch.state")]
internal sealed record SwitchState : IHasGeneration
{
    public SwitchId Id { get; init; }

    public RackId Rack { get; init; }

    public int Slot { get; init; }

    /// <summary>Empty until the switch is declared.</summary>
    public string Address { get; init; } = "";

    public string Serial { get; init; } = "";

    public string Part { get; init; } = "";

    public long Revision { get; init; }

    public ImmutableArray<string>? RearPorts { get; init; }

    public DateTimeOffset? TimeCollected { get; init; }

    public DateTimeOffset TimeCreated { get; init; }

    public DateTimeOffset TimeModified { get; init; }

    public long Generation { get; init; }

    public bool IsDeclared => Address.Length > 0;
}
