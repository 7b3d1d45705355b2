using Gantry.Actors.Storage;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Runtime;

/// <summary>What the lanes of one engine share.</summary>
internal sealed record LaneHost
{
    public required IActorStore Store { get; init; }

    public required EngineModel Model { get; init; }

    public required TimeProvider Time { get; init; }

    public required IRandomSource Random { get; init; }

    public required ICommitListener Listener { get; init; }

    public required EngineMetrics Metrics { get; init; }

    public required ILogger Log { get; init; }

    public required FeedHub Feed { get; init; }

    public required LaneRouter Router { get; init; }

    public required ActivityRunner Activities { get; init; }

    public required Incarnation Me { get; init; }

    /// <summary>Called once, when a lane is over.</summary>
    public required Action<string> LaneEnded { get; init; }

    public BatchEncoder Encoder => field ??= new BatchEncoder(Model);

    public RowDecoder Decoder => field ??= new RowDecoder(Model);
}
