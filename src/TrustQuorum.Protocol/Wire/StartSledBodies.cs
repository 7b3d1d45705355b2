using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>PUT /sleds: a member starts the sled agent of a newly added sled (tq 6.4).</summary>
/// <param name="SledId">Baseboard of the sled to start.</param>
/// <param name="StartRequest">What it becomes.</param>
public sealed record AddSledRequest(BaseboardId SledId, StartSledAgentRequest StartRequest);

/// <summary>A versioned start request.</summary>
/// <param name="Generation">0.</param>
/// <param name="SchemaVersion">1.</param>
/// <param name="Body">The request.</param>
public sealed record StartSledAgentRequest(ulong Generation, uint SchemaVersion, StartSledAgentBody Body);

/// <summary>What a sled agent is told when it starts.</summary>
/// <param name="Id">Its sled id, new at every commissioning.</param>
/// <param name="RackId">Its rack.</param>
/// <param name="UseTrustQuorum">Whether its disks unlock by quorum.</param>
/// <param name="IsLrtqLearner">Whether it learns a share of the older scheme; always false here.</param>
/// <param name="Subnet">Its underlay subnet, a /64.</param>
public sealed record StartSledAgentBody(SledId Id, RackId RackId, bool UseTrustQuorum, bool IsLrtqLearner, UnderlaySubnet Subnet);

/// <summary>An underlay subnet.</summary>
/// <param name="Net">In prefix notation, as <c>fd00:1122:3344:121::/64</c>.</param>
public sealed record UnderlaySubnet(string Net);
