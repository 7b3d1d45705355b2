using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>The steps that empty a sled, for the sagas that begin with it.</summary>
internal static class DrainSteps
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    /// <summary>No new VMMs there.</summary>
    public static SagaStep<TData> Close<TData>(Func<TData, SledId> sled) where TData : class => new()
    {
        Name = "close",
        Do = d => new Effect.Post(Addresses.Sled(sled(d)), new SetDraining(true)),
        OnReply = Go,
    };

    /// <summary>Every VMM migrated away; what stands in the way is the saga's last error until it is gone.</summary>
    public static SagaStep<TData> Away<TData>(Func<TData, SledId> sled) where TData : class =>
        Again<TData>("away", d => new Effect.Activity(DrainActivity.ActivityName, "", new DrainPass(sled(d))));

    /// <summary>Work that is asked for again for as long as it is refused as unavailable.</summary>
    public static SagaStep<TData> Again<TData>(string name, Func<TData, Effect> run) where TData : class => new()
    {
        Name = name,
        Do = run,
        OnReply = (d, reply) => reply is Reply.Refused { Why: { Kind: RefusalKind.Unavailable } why } ? new StepEnd<TData>.Retry(why.Message) : Go(d, reply),
        Patience = s_patience,
    };

    public static StepEnd<TData> Go<TData>(TData data, Reply reply) where TData : class =>
        reply is Reply.Refused refused ? new StepEnd<TData>.Fail(refused.Why) : new StepEnd<TData>.Next(data);
}
