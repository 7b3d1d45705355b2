using Gantry.Actors;
using Gantry.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Gantry.Inventory;

/// <summary>Registers the area: racks, sleds, switches and what is known of their hardware.</summary>
public static class InventoryArea
{
    /// <summary>
    /// Adds kinds, views, the inventory reconciler, the declaration of configured racks and <see cref="SledRegistrar"/>. The host provides
    /// <c>ISledPorts</c>, <c>ISwitchPorts</c> and <c>IServiceProcessorPorts</c>, clock and dice.
    /// </summary>
    public static IServiceCollection AddInventory(this IServiceCollection services)
    {
        services.AddOptions<InventoryOptions>().BindConfiguration("gantry").ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<InventoryOptions>, InventoryOptionsValidator>());
        services.AddSingleton(Module);
        services.TryAddSingleton<InventoryTools>();
        services.TryAddSingleton<SledRegistrar>();
        services.TryAddSingleton<SledExpunger>();
        services.TryAddSingleton(p => new Lazy<IReconcilers>(p.GetRequiredService<IReconcilers>));
        services.AddSingleton<IReconciler, InventoryCollection>();
        services.AddSingleton<IBootstrap, RackBootstrap>();
        return services;
    }

    /// <summary>What the engine needs to know of the area.</summary>
    public static AreaModule Module { get; } = new()
    {
        Name = "inventory",
        Kinds =
        [
            EntityKind.Define<RackDecider, RackState, RackCommand, RackEvent>("rack", k => k
                .View(RackView.Project)
                .Accept<MemberCommitted>(m => new RackCommand.Commission(m))),
            EntityKind.Define<SwitchDecider, SwitchState, SwitchCommand, SwitchEvent>("switch", k => k.View(SwitchView.Project)),
            EntityKind.Define<SledDecider, SledState, SledCommand, SledEvent>("sled", k => k
                .View(SledView.Project)
                .Accept<SetDraining>(m => new SledCommand.Drain(m))
                .Accept<RetireSled>(_ => new SledCommand.Retire())
                .Accept<ReserveSled>(m => new SledCommand.Reserve(m))
                .Accept<ReleaseSled>(m => new SledCommand.Release(m))
                .Accept<MoveReservation>(m => new SledCommand.Move(m))),
        ],
        Views =
        [
            InventoryViews.Racks, InventoryViews.Sleds, InventoryViews.Switches, InventoryViews.SledPorts, InventoryViews.ServiceProcessors,
        ],
        Wire = [InventoryWire.Set, ContractsWire.Set],
    };
}
