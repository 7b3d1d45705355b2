using Gantry.Actors;
using Gantry.Actors.Runtime;
using Gantry.Actors.Storage;
using Gantry.Primitives;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gantry.Bench;

/// <summary>A running engine over a store, with counters.</summary>
internal sealed class EngineUnderLoad : IAsyncDisposable
{
    private readonly ActorEngine _engine;

    private EngineUnderLoad(ActorEngine engine) => _engine = engine;

    public IEntities Entities => _engine.Entities;

    public static async Task<EngineUnderLoad> StartAsync(IActorStore store, EngineModel model, int lanes, CancellationToken ct)
    {
        var engine = new ActorEngine(new ActorEngineParts
        {
            Store = store,
            Model = model,
            Options = new ActorEngineOptions { NodeId = "bench", Lanes = lanes },
            Listener = new SilentListener(),
            Time = TimeProvider.System,
            Random = SystemRandomSource.Instance,
            Logs = NullLoggerFactory.Instance,
        });
        await engine.StartAsync(ct);
        return new EngineUnderLoad(engine);
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();
}

/// <summary>Hears nothing: nobody follows counters, and counters nudge nobody.</summary>
internal sealed class SilentListener : ICommitListener
{
    public void Committed(IReadOnlyList<EntityAddress> entities)
    {
        // Nobody follows counters.
    }

    public void Nudged(string reconciler, string key)
    {
        // Counters nudge nobody.
    }
}
