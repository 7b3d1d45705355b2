using Gantry.Actors;
using Gantry.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gantry.Instances;

/// <summary>Registers the area: instances, their VMMs and the work on them.</summary>
public static class InstancesArea
{
    /// <summary>
    /// Adds kinds, views, sagas, activities, reconcilers, <see cref="Doorbell"/> and <see cref="InstanceService"/>. The host provides <c>ISledPorts</c>,
    /// <see cref="ISagas"/>, <see cref="IReconcilers"/>, clock and dice.
    /// </summary>
    public static IServiceCollection AddInstances(this IServiceCollection services)
    {
        services.AddOptions<MulticastFeature>().BindConfiguration("gantry:multicast");
        services.AddOptions<InstancesOptions>().BindConfiguration("gantry:instances");
        services.AddOptions<GatewayOptions>().BindConfiguration("gantry");
        services.AddOptions<NodeNameOptions>().BindConfiguration("gantry:cluster");
        services.AddSingleton(Module);
        services.TryAddSingleton<Asking>();
        services.TryAddSingleton<SledAccess>();
        services.TryAddSingleton<VmmReporter>();
        services.TryAddSingleton<AffinityReader>();
        services.TryAddSingleton<AffinityService>();
        services.TryAddSingleton<InstanceService>();
        services.TryAddSingleton<InstanceTimeline>();
        services.TryAddSingleton<TimelineNews>();
        services.AddSingleton<INodeQuestion>(p => p.GetRequiredService<TimelineNews>());
        services.TryAddSingleton<DoorbellMetrics>();
        services.TryAddSingleton<Doorbell>();
        services.TryAddSingleton(p => new LegacyPut(p.GetRequiredService<IViews>(), p.GetRequiredService<VmmReporter>()));
        services.TryAddSingleton<PullGate>();
        services.TryAddSingleton<VmmPuller>();
        services.TryAddSingleton<PowerCheck>();
        services.TryAddSingleton<WatchMetrics>();
        services.TryAddSingleton<WatchReports>();
        services.TryAddSingleton<RestartReports>();

        // Lazy, for the reconciler host is made of reconcilers and an activity must not close the circle.
        services.TryAddSingleton(p => new Lazy<IReconcilers>(p.GetRequiredService<IReconcilers>));
        services.TryAddSingleton(p => new Lazy<ISagas>(p.GetRequiredService<ISagas>));
        services.AddSingleton<IActivity, ReserveActivity>();
        services.AddSingleton<IActivity, RegisterActivity>();
        services.AddSingleton<IActivity, UnregisterActivity>();
        services.AddSingleton<IActivity, PutStateActivity>();
        services.AddSingleton<IActivity, MigrateTargetActivity>();
        services.TryAddSingleton<SledService>();
        services.TryAddSingleton(p => new Lazy<InstanceService>(p.GetRequiredService<InstanceService>));
        services.AddSingleton<IActivity, DrainActivity>();
        services.AddSingleton<IReconciler, VmmPull>();
        services.AddSingleton<IReconciler, InstanceWatcher>();
        services.AddSingleton<IReconciler, InstanceUpdater>();
        services.AddSingleton<IReconciler, AbandonedVmmReaper>();
        services.AddSingleton<IReconciler, InstanceReincarnation>();
        return services;
    }

    /// <summary>What the engine needs to know of the area.</summary>
    public static AreaModule Module { get; } = new()
    {
        Name = "instances",
        Kinds =
        [
            EntityKind.Define<InstanceDecider, InstanceState, InstanceCommand, InstanceEvent>("instance", k => k
                .View(InstanceView.Project)
                .OnReply((token, reply) => new InstanceCommand.Replied(token, reply))
                .EndsWhen(s => s.TimeDeleted is not null)),
            EntityKind.Define<VmmDecider, VmmState, VmmCommand, VmmEvent>("vmm", k => k
                .View(VmmView.Project)
                .OnReply((token, reply) => new VmmCommand.Replied(token, reply))
                .EndsWhen(s => s.IsBuried)),
            EntityKind.Define<AffinityDecider, AffinityState, AffinityCommand, AffinityEvent>("affinity-group", k => k
                .View(AffinityDecider.Project)
                .EndsWhen(s => s.TimeDeleted is not null)),
            SagaKind.Define<CreateSaga, CreateData>(InstancesJson.Default.CreateData),
            SagaKind.Define<StartSaga, StartData>(InstancesJson.Default.StartData),
            SagaKind.Define<DrainSaga, DrainData>(InstancesJson.Default.DrainData),
            SagaKind.Define<RemoveSaga, RemoveData>(InstancesJson.Default.RemoveData),
            SagaKind.Define<MigrateSaga, MigrateData>(InstancesJson.Default.MigrateData),
            SagaKind.Define<TransitionSaga, TransitionData>(InstancesJson.Default.TransitionData),
            SagaKind.Define<MembershipsSaga, MembershipsData>(InstancesJson.Default.MembershipsData),
        ],
        Views =
        [
            InstanceViews.Instances, InstanceViews.Vmms, InstanceViews.VmmGraves, InstanceViews.Events,
            InstanceViews.AffinityGroups, InstanceViews.AffinityMembers,
        ],
        Wire = [InstancesWire.Set, ContractsWire.Set],
    };
}
