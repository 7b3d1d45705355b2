using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Primitives;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gantry.Multicast;

/// <summary>The area's way into a host.</summary>
public static class MulticastArea
{
    /// <summary>The kinds, views and wire forms.</summary>
    public static AreaModule Module { get; } = With(GroupKind.Kind);

    /// <summary>The same with the feature off: no row of a group or member is written.</summary>
    public static AreaModule ModuleAsleep { get; } = With(GroupKind.Asleep);

    /// <summary>Registers module, services, activities and the reconciler. Settings are read from <c>gantry:multicast</c>.</summary>
    public static IServiceCollection AddMulticast(this IServiceCollection services)
    {
        services.AddOptions<MulticastOptions>().BindConfiguration("gantry:multicast").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(s => s.GetRequiredService<IOptions<MulticastOptions>>().Value.Enabled ? Module : ModuleAsleep);
        services.TryAddSingleton<MulticastMetrics>();
        services.TryAddSingleton<MulticastStatus>();
        services.TryAddSingleton<MulticastNews>();
        services.AddSingleton<INodeQuestion>(s => s.GetRequiredService<MulticastNews>());
        services.AddSingleton<ICommitWatcher, GroupTransitions>();
        services.TryAddSingleton<PoolService>();
        services.TryAddSingleton<SwitchVerifier>();
        services.TryAddSingleton<GroupReporter>();
        services.TryAddSingleton<GroupConverger>();
        services.TryAddSingleton<UnderlayLinker>();
        services.TryAddSingleton<SledSubscriber>();
        services.TryAddSingleton<SmallTurn>();
        services.TryAddSingleton<FullTurn>();
        services.TryAddSingleton<MemberRecall>();
        services.TryAddSingleton<ExplicitGroupService>();
        services.TryAddSingleton<VpcService>();
        services.TryAddSingleton<ExternalIpService>();
        services.TryAddSingleton(s => new MembershipService(
            s.GetRequiredService<IViews>(),
            s.GetRequiredService<IEntities>(),
            s.GetRequiredService<IRandomSource>(),
            s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<IOptions<MulticastOptions>>(),
            s.GetRequiredService<MulticastMetrics>(),
            s.GetRequiredService<ILogger<MembershipService>>()));
        services.TryAddSingleton(s => new SledVerifier(
            s.GetRequiredService<IViews>(), s.GetService<ISledMulticastPorts>(), s.GetRequiredService<IOptions<MulticastOptions>>()));
        services.AddSingleton<IReconciler, MulticastReconciler>();
        services.AddSingleton<IReconciler>(s => new SledReconciler(
            s.GetRequiredService<IViews>(), s.GetRequiredService<SledSubscriber>(), s.GetService<ISledMulticastPorts>(), s.GetRequiredService<IOptions<MulticastOptions>>()));
        services.AddSingleton<IReconciler>(s => new ExternalIpReconciler(
            s.GetRequiredService<IViews>(), s.GetRequiredService<IEntities>(), s.GetService<ISledPorts>(), s.GetRequiredService<IRandomSource>()));
        services.AddSingleton<IActivity, AttachIpsActivity>();
        services.AddSingleton<IActivity, JoinActivity>();
        services.AddSingleton<IActivity, UndoJoinActivity>();
        services.AddSingleton<IActivity, ReplaceActivity>();
        return services;
    }

    private static AreaModule With(EntityKind groups) => new()
    {
        Name = "multicast",
        Kinds = [PoolKind.Kind, groups, MembershipKind.Kind, SwitchConfigDecider.Kind, SledSubscriptionsDecider.Kind, VpcDecider.Kind, FloatingIpDecider.Kind, InstanceIpsDecider.Kind],
        Views =
        [
            PoolViews.Pools,
            PoolViews.Ranges,
            PoolViews.Links,
            PoolViews.RangeEpochs,
            GroupViews.Groups,
            GroupViews.Details,
            GroupViews.Members,
            GroupViews.Switches,
            InstanceMulticastViews.InstanceMulticast,
            SwitchConfigDecider.View,
            SledSubscriptionsDecider.View,
            VpcViews.Vpcs,
            FloatingIpViews.FloatingIps,
            InstanceExternalIpViews.InstanceExternalIps,
            IpChangeViews.Changes,
        ],
        Wire = [MulticastWire.Set, ContractsWire.Set],
    };
}
