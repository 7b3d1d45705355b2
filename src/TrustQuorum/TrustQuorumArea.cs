using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gantry.TrustQuorum;

/// <summary>The area's way into a host.</summary>
public static class TrustQuorumArea
{
    /// <summary>The kind, views and wire forms.</summary>
    public static AreaModule Module { get; } = new()
    {
        Name = "trust-quorum",
        Kinds =
        [
            EntityKind.Define<TqDecider, TqState, TqCommand, TqEvent>("tq-config", k => k
                .View(TqViews.Project)
                .Accept<RackCreated>(m => new TqCommand.Create(m))
                .Accept<ConfirmNotMember>(m => new TqCommand.Confirm(m))
                .OnReply((token, reply) => new TqCommand.CoordinatorReplied(token, reply))),
        ],
        Views = [TqViews.Racks, TqViews.Configs, TrustQuorumViews.RackMembers],
        Wire = [TrustQuorumWire.Set, ContractsWire.Set],
    };

    /// <summary>
    /// Registers module, services, the call to coordinators and the driver. Settings are read from <c>gantry:trust_quorum</c>. The host provides
    /// <c>ISledQuorumPorts</c>, clock and dice.
    /// </summary>
    public static IServiceCollection AddTrustQuorum(this IServiceCollection services)
    {
        services.AddOptions<TrustQuorumOptions>().BindConfiguration("gantry:trust_quorum").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(Module);
        services.TryAddSingleton<TrustQuorumMetrics>();
        services.TryAddSingleton<TrustQuorumStatus>();
        services.TryAddSingleton<TrustQuorumNews>();
        services.AddSingleton<INodeQuestion>(p => p.GetRequiredService<TrustQuorumNews>());
        services.TryAddSingleton<RackSleds>();
        services.TryAddSingleton<CommitDriver>();
        services.TryAddSingleton<SledStarter>();
        services.TryAddSingleton<QuorumPass>();
        services.TryAddSingleton(p => new QuorumService(
            p.GetRequiredService<IViews>(),
            p.GetRequiredService<IEntities>(),
            p.GetRequiredService<RackSleds>(),
            p.GetRequiredService<TrustQuorumNews>(),
            p.GetRequiredService<IRandomSource>(),
            p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IReconciler, TrustQuorumManager>();
        services.AddSingleton<IActivity, CoordinateActivity>();
        services.TryAddSingleton(p => new Lazy<QuorumService>(p.GetRequiredService<QuorumService>));
        services.AddSingleton<IActivity, LeaveActivity>();
        return services;
    }
}
