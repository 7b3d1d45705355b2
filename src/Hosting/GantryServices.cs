using Gantry.Actors;
using Gantry.Actors.Runtime;
using Gantry.Actors.Storage.Postgres;
using Gantry.Contracts;
using Gantry.Instances;
using Gantry.Inventory;
using Gantry.Multicast;
using Gantry.Primitives;
using Gantry.Sled;
using Gantry.Switch;
using Gantry.Tenancy;
using Gantry.TrustQuorum;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gantry.Hosting;

/// <summary>Takes Gantry into a host.</summary>
public static class GantryServices
{
    /// <summary>
    /// Adds the engine, its store, every area, the device adapters, health and metrics. The node starts and stops with the host. Settings are
    /// read from the section <c>gantry</c>; without any of them it is a node on SQLite in the folder <c>data</c> with no racks.
    /// </summary>
    /// <remarks>
    /// After it, in-process code may take <see cref="IEntities"/>, <see cref="IViews"/>, <see cref="IEventFeed"/>, <see cref="ISagas"/>,
    /// <see cref="IReconcilers"/> and <see cref="GantryHealth"/> from the container. A host adds an area of its own by registering an
    /// <see cref="AreaModule"/> and its <see cref="IReconciler"/>s, <see cref="IActivity"/>s and <see cref="IBootstrap"/>s. Call it once.
    /// </remarks>
    /// <exception cref="OptionsValidationException">At the start of the host: a setting is out of range.</exception>
    public static IServiceCollection AddGantry(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(configuration);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IRandomSource>(SystemRandomSource.Instance);
        services.AddLogging();
        services.AddMetrics();
        AddOptions(services, configuration);
        AddEngine(services);
        AddAreas(services);
        AddDevices(services);
        services.AddSingleton<PrometheusText>();
        services.AddSingleton<NodeLife>();
        services.AddSingleton<GantryHealth>();
        services.AddSingleton<IStartupFilter, LeavingFilter>();
        services.AddHostedService<GantryNode>();
        return services;
    }

    /// <summary>
    /// Has the other nodes of a cluster take over at once from a former run of this node that did not sign off, while this one is still being
    /// built: half of a restart is the runtime warming up. To be called as soon as there is a configuration. It waits for nothing, and what goes
    /// wrong is left to the start itself.
    /// </summary>
    public static void EndFormerRun(IConfiguration configuration)
    {
        var cluster = configuration.GetSection("gantry:cluster");
        var storage = configuration.GetSection("gantry:storage");
        if (!bool.TryParse(cluster["enabled"], out var isMember) || !isMember || storage["kind"] != "postgres" || storage["connection"] is not { Length: > 0 } connection)
        {
            return;
        }

        var name = new ClusterSettings { NodeId = cluster["node_id"] ?? "" }.Name;
        _ = Task.Run(() => FormerRun.EndAsync(new PostgresStoreOptions { ConnectionString = connection }, name, CancellationToken.None));
    }

    private static void AddOptions(IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<StorageOptions>().Bind(configuration.GetSection("gantry:storage")).ValidateOnStart();
        services.AddOptions<HostingOptions>().Bind(configuration.GetSection("gantry:host")).ValidateOnStart();
        services.AddOptions<ClusterSettings>().Bind(configuration.GetSection("gantry:cluster")).ValidateOnStart();

        // A drain comes before what the host does in its own time: waiting for requests and closing listeners.
        services.AddOptions<HostOptions>().PostConfigure<IOptions<ClusterSettings>>(
            (host, cluster) => host.ShutdownTimeout += cluster.Value is { Enabled: true } some ? some.DrainDeadline : TimeSpan.Zero);
        services.AddSingleton<IValidateOptions<StorageOptions>, StorageOptionsValidator>();
        services.AddSingleton<IValidateOptions<HostingOptions>, HostingOptionsValidator>();
        services.AddSingleton<IValidateOptions<ClusterSettings>, ClusterSettingsValidator>();
    }

    private static void AddEngine(IServiceCollection services)
    {
        services.AddSingleton(new AreaModule { Name = "contracts", Wire = [ContractsWire.Set] });
        services.AddSingleton<EngineModel>();
        services.AddSingleton(p => StoreFactory.Make(
            p.GetRequiredService<IOptions<StorageOptions>>().Value,
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<IRandomSource>(),
            p.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton(p => new ClusterLinks(
            p.GetRequiredService<IOptions<ClusterSettings>>(),
            ClusterLinks.ClockOf(p),
            p.GetRequiredService<IRandomSource>(),
            p.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton<CommitListeners>();
        services.AddSingleton(EngineFactory.Make);
        services.AddSingleton(p => p.GetRequiredService<ActorEngine>().Entities);
        services.AddSingleton(p => p.GetRequiredService<ActorEngine>().Views);
        services.AddSingleton(p => p.GetRequiredService<ActorEngine>().Feed);
        services.AddSingleton<ReconcilerHost>();
        services.AddSingleton<IReconcilers>(p => p.GetRequiredService<ReconcilerHost>());
        services.AddSingleton(p => p.GetRequiredService<ActorEngine>().Nodes);
        services.AddSingleton<ReconcilerAdmin>();
        services.AddSingleton<IReconcilerAdmin>(p => p.GetRequiredService<ReconcilerAdmin>());
        services.AddSingleton<INodeQuestion>(p => p.GetRequiredService<ReconcilerAdmin>());
        services.AddSingleton<ISagas, Actors.Runtime.Sagas>();
        services.AddSingleton<ISagaAdmin, SagaAdmin>();
        services.AddSingleton(p => p.GetRequiredService<ActorEngine>().EntityAdmin);
        services.AddSingleton(p => p.GetRequiredService<ActorEngine>().MailAdmin);
        services.AddSingleton(p => p.GetRequiredService<ActorEngine>().StoreAdmin);
    }

    private static void AddAreas(IServiceCollection services)
    {
        services.AddTenancy();
        services.AddInventory();
        services.AddInstances();
        services.AddMulticast();
        services.AddTrustQuorum();
    }

    private static void AddDevices(IServiceCollection services)
    {
        services.AddSingleton<DeviceNudges>();
        services.AddSingleton<DeviceFence>();
        services.AddSingleton<DeviceRelay>();
        services.AddSingleton(p => new Lazy<IViews>(p.GetRequiredService<IViews>));
        services.AddSwitchAdapters(
            (p, key, change) => p.GetRequiredService<DeviceNudges>().OnSwitch(key, change),
            (p, key) => p.GetRequiredService<DeviceFence>().OfSwitch(key),
            RelayOf);
        services.AddSledAdapters(p => new SledAdapterHooks
        {
            OnSledChange = (key, change) => p.GetRequiredService<DeviceNudges>().OnSled(key, change),
            OnGatewayChange = (key, change) => p.GetRequiredService<DeviceNudges>().OnGateway(key, change),
            MayWrite = p.GetRequiredService<DeviceFence>().OfSleds,
            Relay = RelayOf(p),
        });
    }

    private static DeviceRelay? RelayOf(IServiceProvider services) =>
        services.GetRequiredService<IOptions<ClusterSettings>>().Value.Enabled ? services.GetRequiredService<DeviceRelay>() : null;
}
