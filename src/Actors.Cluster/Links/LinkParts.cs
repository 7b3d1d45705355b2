using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Cluster;

/// <summary>What every link of a node shares.</summary>
internal sealed record LinkParts(
    LinkOptions Options, NodeIdentity? Identity, TimeProvider Time, IRandomSource Random, LinkMetrics Metrics, ILogger Log);
