using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>The steps by which a new VMM comes to a sled: of a start, and of a migration to its target.</summary>
internal static class VmmSteps
{
    /// <summary>Room on a sled, which the data keep.</summary>
    public static SagaStep<TData> Reserve<TData>(
        Func<TData, ReserveVmm> wanted, Func<TData, SledId> sled, Func<TData, VmmReserved, TData> keep) where TData : class => new()
    {
        Name = "reserve",
        Do = d => new Effect.Activity(ReserveActivity.ActivityName, "", wanted(d)),
        OnReply = (d, reply) => reply is Reply.Accepted { Value: VmmReserved chosen } ? new StepEnd<TData>.Next(keep(d, chosen)) : Fail<TData>(reply),
        Undo = d => new Effect.Post(Addresses.Sled(sled(d)), new ReleaseSled(wanted(d).Vmm)),
    };

    /// <summary>The VMM's record.</summary>
    public static SagaStep<TData> Record<TData>(Func<TData, StartData> start, Func<TData, MigrationId?> migration) where TData : class => new()
    {
        Name = "record",
        Do = d => new Effect.Post(Addresses.Vmm(start(d).Vmm), RecordOf(start(d), migration(d))),
        OnReply = Go,
        Undo = d => new Effect.Post(Addresses.Vmm(start(d).Vmm), new UnwindVmm()),
    };

    /// <summary>
    /// Its own step, so that a registration that ends without an answer is taken back too: the sled may know the VMM from here on.
    /// </summary>
    public static SagaStep<TData> Expect<TData>(Func<TData, StartData> start) where TData : class => new()
    {
        Name = "expect",
        Do = d => new Effect.Post(Addresses.Vmm(start(d).Vmm), new BeginRegister()),
        OnReply = Go,
        Undo = d => new Effect.Activity(UnregisterActivity.ActivityName, "", new UnregisterVmm(start(d).Vmm, start(d).SledOf)),
    };

    /// <summary>The sled takes it.</summary>
    public static SagaStep<TData> Register<TData>(Func<TData, StartData> start, Func<TData, MigrationId?> migration) where TData : class =>
        OnSled<TData>("register", d => new Effect.Activity(RegisterActivity.ActivityName, "", RegisterOf(start(d)) with { Migration = migration(d) }));

    /// <summary>A step that waits for a sled.</summary>
    public static SagaStep<TData> OnSled<TData>(string name, Func<TData, Effect> run) where TData : class => new()
    {
        Name = name,
        Do = run,
        OnReply = Go,
        Patience = InstancesLimits.SledDeadline,
    };

    /// <summary>On with the same data, or the refusal.</summary>
    public static StepEnd<TData> Go<TData>(TData data, Reply reply) where TData : class =>
        reply is Reply.Accepted ? new StepEnd<TData>.Next(data) : Fail<TData>(reply);

    public static StepEnd<TData> Fail<TData>(Reply reply) where TData : class => reply is Reply.Refused refused
        ? new StepEnd<TData>.Fail(refused.Why)
        : throw Invariant.Unreachable("a step was answered with another step's record");

    private static CreateVmm RecordOf(StartData d, MigrationId? migration) =>
        new(d.Instance, d.SledOf, d.VmmAddress ?? "", d.VmmPlatform ?? CpuPlatforms.SledDefault) { Migration = migration };

    private static RegisterVmm RegisterOf(StartData d) =>
        new(d.Vmm, d.Instance, d.SledOf, d.VmmAddress ?? "", d.Project, d.Silo, d.Cpus, d.MemoryBytes, d.Hostname);
}
