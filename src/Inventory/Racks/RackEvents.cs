using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Inventory;

/// <summary>Facts of a rack.</summary>
internal abstract record RackEvent;

[Wire("rack.declared")]
internal sealed record RackDeclared(RackId Rack, string Subnet, DateTimeOffset At) : RackEvent;

[Wire("rack.founded")]
internal sealed record RackFounded(ImmutableArray<BaseboardId> Members, BaseboardId? Coordinator) : RackEvent;

[Wire("rack.subnet-given")]
internal sealed record SubnetGiven(SledId Sled, int Octet, string Serial, string Part) : RackEvent;

[Wire("rack.sled-retired")]
internal sealed record SledRetired(SledId Sled) : RackEvent;

[Wire("rack.subnet-returned")]
internal sealed record SubnetReturned(SledId Sled) : RackEvent;

[Wire("rack.service-processors-seen")]
internal sealed record ServiceProcessorsSeen(ImmutableArray<ServiceProcessorSeen> Seen, DateTimeOffset At) : RackEvent;
