using Gantry.Actors;
using Gantry.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gantry.Instances;

/// <summary>Registers the area: instances, their VMMs and the work on them.</summary>
public static class InstancesArea
{
    /// <summary>
    /// Adds kinds, views, sagas, activities, the reconciler <c>vmm_pull</c> and <see cref="InstanceService"/>. The host provides <c>ISledPorts</c>,
    /// <see cref="ISagas"/>, <see cref="IReconcilers"/>, clock and dice.
    /// </summary>
    public static IServiceCollection AddInstances(this IServiceCollection services)
    {
        services.AddOptions<MulticastFeature>().BindConfiguration("gantry:multicast");
        services.AddSingleton(Module);
        services.TryAddSingleton<Asking>();
        services.TryAddSingleton<SledAccess>();
        services.TryAddSingleton<VmmReporter>();
        services.TryAddSingleton<InstanceService>();

        // Lazy, for the reconciler host is made of reconcilers and an activity must not close the circle.
        services.TryAddSingleton(p => new Lazy<IReconcilers>(p.GetRequiredService<IReconcilers>));
        services.AddSingleton<IActivity, ReserveActivity>();
        services.AddSingleton<IActivity, RegisterActivity>();
        services.AddSingleton<IActivity, UnregisterActivity>();
        services.AddSingleton<IActivity, PutStateActivity>();
        services.AddSingleton<IReconciler, VmmPull>();
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
                .EndsWhen(s => s.TimeDeleted is not null)),
            EntityKind.Define<VmmDecider, VmmState, VmmCommand, VmmEvent>("vmm", k => k
                .View(VmmView.Project)
                .OnReply((token, reply) => new VmmCommand.Replied(token, reply))
                .EndsWhen(s => s.TimeDeleted is not null)),
            SagaKind.Define<CreateSaga, CreateData>(InstancesJson.Default.CreateData),
            SagaKind.Define<StartSaga, StartData>(InstancesJson.Default.StartData),
            SagaKind.Define<TransitionSaga, TransitionData>(InstancesJson.Default.TransitionData),
            SagaKind.Define<MembershipsSaga, MembershipsData>(InstancesJson.Default.MembershipsData),
        ],
        Views = [InstanceViews.Instances, InstanceViews.Vmms],
        Wire = [InstancesWire.Set, ContractsWire.Set],
    };
}
