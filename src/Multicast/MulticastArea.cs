using Gantry.Actors;
using Gantry.Contracts;
using Microsoft.Extensions.DependencyInjection;

namespace Gantry.Multicast;

/// <summary>The area's way into a host.</summary>
public static class MulticastArea
{
    /// <summary>The kinds, views and wire forms.</summary>
    public static AreaModule Module { get; } = new()
    {
        Name = "multicast",
        Kinds = [PoolKind.Kind, GroupKind.Kind, MembershipKind.Kind, SwitchConfigDecider.Kind],
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
        ],
        Wire = [MulticastWire.Set, ContractsWire.Set],
    };

    /// <summary>Registers the area.</summary>
    public static IServiceCollection AddMulticast(this IServiceCollection services) => services.AddSingleton(Module);
}
