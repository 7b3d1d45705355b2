using Gantry.Actors;
using Gantry.Actors.Runtime;
using Gantry.Actors.Storage;
using Gantry.Primitives;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gantry.Hosting;

/// <summary>Makes the engine out of what the container holds. Activities are asked for at its start, because they need the engine.</summary>
internal static class EngineFactory
{
    public static ActorEngine Make(IServiceProvider services) => new(new ActorEngineParts
    {
        Store = services.GetRequiredService<IActorStore>(),
        Model = services.GetRequiredService<EngineModel>(),
        Activities = services.GetServices<IActivity>,
        Listener = services.GetRequiredService<CommitListeners>(),
        Time = services.GetRequiredService<TimeProvider>(),
        Random = services.GetRequiredService<IRandomSource>(),
        Logs = services.GetRequiredService<ILoggerFactory>(),
    });
}
