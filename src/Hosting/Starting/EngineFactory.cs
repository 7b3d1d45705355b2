using Gantry.Actors;
using Gantry.Actors.Runtime;
using Gantry.Actors.Storage;
using Gantry.Actors.Storage.Postgres;
using Gantry.Primitives;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gantry.Hosting;

/// <summary>Makes the engine out of what the container holds. Activities are asked for at its start, because they need the engine.</summary>
internal static class EngineFactory
{
    public static ActorEngine Make(IServiceProvider services) => new(new ActorEngineParts
    {
        Options = OptionsOf(
            services.GetRequiredService<IOptions<StorageOptions>>().Value, services.GetRequiredService<IOptions<ClusterSettings>>().Value),
        Store = services.GetRequiredService<IActorStore>(),
        Membership = MembershipOf(services),
        Links = services.GetRequiredService<ClusterLinks>().Links,
        Model = services.GetRequiredService<EngineModel>(),
        Activities = services.GetServices<IActivity>,
        Questions = services.GetServices<INodeQuestion>,
        Listener = services.GetRequiredService<CommitListeners>(),
        Time = services.GetRequiredService<TimeProvider>(),
        MembershipTime = ClusterLinks.ClockOf(services),
        Random = services.GetRequiredService<IRandomSource>(),
        Logs = services.GetRequiredService<ILoggerFactory>(),
    });

    // What a broken lane leaves behind lies beside the data that it was about.
    private static ActorEngineOptions OptionsOf(StorageOptions storage, ClusterSettings cluster) => new()
    {
        NodeId = cluster.Name,
        Cluster = cluster.ToClusterOptions(),
        Lanes = LanesOf(storage),
        TurnsFile = TurnsFileOf(storage, cluster),
        EvidenceFolder = storage.Kind == "sqlite" ? Path.Combine(storage.Path, "evidence") : null,
    };

    // With a server there is no data folder; what must outlive the process need not outlive the machine.
    private static string? TurnsFileOf(StorageOptions storage, ClusterSettings cluster) => storage.Kind switch
    {
        "sqlite" => Path.Combine(storage.Path, "turns"),
        "postgres" => Path.Combine(Path.GetTempPath(), $"gantry-turns-{cluster.Name}"),
        _ => null,
    };

    private static IMembershipStore? MembershipOf(IServiceProvider services) =>
        services.GetRequiredService<IOptions<ClusterSettings>>().Value.Enabled
            ? ((PostgresStore)services.GetRequiredService<IActorStore>()).Membership // the settings were checked
            : null;

    // A file gives one writer at a time, so a second lane would only pay a second sync; a server commits for several at once.
    private static int LanesOf(StorageOptions storage) => storage.Kind == "postgres" ? 4 : 1;
}
