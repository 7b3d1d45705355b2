using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>Starts an instance: vmm 4.4. Keyed by the id of the new VMM.</summary>
public sealed class StartSaga : ISaga<StartData>
{
    /// <inheritdoc/>
    public static string Name => "instance-start";

    /// <inheritdoc/>
    public static ImmutableArray<SagaStep<StartData>> Steps { get; } =
    [
        new()
        {
            Name = "reserve",
            Do = d => new Effect.Activity(
                ReserveActivity.ActivityName, "", new ReserveVmm(d.Vmm, d.Instance, d.Cpus, d.MemoryBytes, d.CpuPlatform)),
            OnReply = (d, reply) => reply is Reply.Accepted { Value: VmmReserved chosen }
                ? Next(d with { Sled = chosen.Sled, VmmAddress = chosen.VmmAddress, VmmPlatform = chosen.CpuPlatform })
                : Fail(reply),
            Undo = d => new Effect.Post(Addresses.Sled(d.SledOf), new ReleaseSled(d.Vmm)),
        },
        new()
        {
            Name = "record",
            Do = d => new Effect.Post(
                Addresses.Vmm(d.Vmm), new CreateVmm(d.Instance, d.SledOf, d.VmmAddress ?? "", d.VmmPlatform ?? CpuPlatforms.SledDefault)),
            OnReply = Go,
            Undo = d => new Effect.Post(Addresses.Vmm(d.Vmm), new UnwindVmm()),
        },
        new()
        {
            Name = "mark",
            Do = d => new Effect.Post(Addresses.Instance(d.Instance), new MarkStarting(d.Vmm, d.SledOf, d.IsAutoRestart)),
            OnReply = Go,
            Undo = d => new Effect.Post(Addresses.Instance(d.Instance), new UnmarkStarting(d.Vmm)),
        },
        new()
        {
            // Its own step, so that a registration that ends without an answer is taken back too: the sled may know the VMM from here on.
            Name = "expect",
            Do = d => new Effect.Post(Addresses.Vmm(d.Vmm), new BeginRegister()),
            OnReply = Go,
            Undo = d => new Effect.Activity(UnregisterActivity.ActivityName, "", new UnregisterVmm(d.Vmm, d.SledOf)),
        },
        new()
        {
            Name = "register",
            Do = d => new Effect.Activity(RegisterActivity.ActivityName, "", RegisterOf(d)),
            OnReply = Go,
            Patience = InstancesLimits.SledDeadline,
        },
        new()
        {
            Name = "charge-project",
            Do = d => new Effect.Post(Addresses.Project(d.Project), new ChargeQuota(d.Instance, d.Cpus, d.MemoryBytes)),
            OnReply = Go,
            Undo = d => new Effect.Post(Addresses.Project(d.Project), new ReleaseQuota(d.Instance)),
        },
        new()
        {
            Name = "charge-silo",
            Do = d => new Effect.Post(Addresses.Silo(d.Silo), new ChargeQuota(d.Instance, d.Cpus, d.MemoryBytes)),
            OnReply = Go,
            Undo = d => new Effect.Post(Addresses.Silo(d.Silo), new ReleaseQuota(d.Instance)),
        },
        new()
        {
            Name = "run",
            Do = d => new Effect.Activity(PutStateActivity.ActivityName, "", new PutVmmState(d.Vmm, d.SledOf, "running", IsStart: true)),
            OnReply = Go,
            Patience = InstancesLimits.SledDeadline,
        },
    ];

    /// <summary>The effect by which the instance itself begins the start, in the commit of something else.</summary>
    internal static Effect Begin(InstanceState instance, VmmId vmm, bool isAutoRestart) => SagaKind.Start<StartSaga, StartData>(
        vmm.ToString(), DataOf(instance, vmm, isAutoRestart), InstancesJson.Default.StartData);

    /// <summary>What a start of the instance knows at its begin.</summary>
    internal static StartData DataOf(InstanceState instance, VmmId vmm, bool isAutoRestart) => new()
    {
        Instance = instance.Id,
        Vmm = vmm,
        Project = instance.Project,
        Silo = instance.Silo,
        Cpus = instance.Config.Cpus,
        MemoryBytes = instance.Config.MemoryBytes,
        Hostname = instance.Config.Hostname,
        CpuPlatform = instance.Config.CpuPlatform,
        IsAutoRestart = isAutoRestart,
    };

    internal static RegisterVmm RegisterOf(StartData d) =>
        new(d.Vmm, d.Instance, d.SledOf, d.VmmAddress ?? "", d.Project, d.Silo, d.Cpus, d.MemoryBytes, d.Hostname);

    private static StepEnd<StartData> Go(StartData data, Reply reply) => reply is Reply.Accepted ? Next(data) : Fail(reply);

    private static StepEnd<StartData> Next(StartData data) => new StepEnd<StartData>.Next(data);

    private static StepEnd<StartData> Fail(Reply reply) => reply is Reply.Refused refused
        ? new StepEnd<StartData>.Fail(refused.Why)
        : throw Invariant.Unreachable("a step of a start was answered with another step's record");
}

/// <summary>What a start knows. Sled and address come with the reservation.</summary>
public sealed record StartData
{
    public required InstanceId Instance { get; init; }

    public required VmmId Vmm { get; init; }

    public required ProjectId Project { get; init; }

    public required SiloId Silo { get; init; }

    public required int Cpus { get; init; }

    public required long MemoryBytes { get; init; }

    public required string Hostname { get; init; }

    public string? CpuPlatform { get; init; }

    public bool IsAutoRestart { get; init; }

    public SledId? Sled { get; init; }

    public string? VmmAddress { get; init; }

    public string? VmmPlatform { get; init; }

    internal SledId SledOf => Sled ?? throw Invariant.Unreachable("steps after the reservation have a sled");
}
