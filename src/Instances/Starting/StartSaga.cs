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
        VmmSteps.Reserve<StartData>(
            d => new ReserveVmm(d.Vmm, d.Instance, d.Cpus, d.MemoryBytes, d.CpuPlatform),
            d => d.SledOf,
            (d, chosen) => d with { Sled = chosen.Sled, VmmAddress = chosen.VmmAddress, VmmPlatform = chosen.CpuPlatform }),
        VmmSteps.Record<StartData>(d => d, _ => null),
        new()
        {
            Name = "mark",
            Do = d => new Effect.Post(Addresses.Instance(d.Instance), MarkOf(d)),
            OnReply = VmmSteps.Go,
            Undo = d => new Effect.Post(Addresses.Instance(d.Instance), new UnmarkStarting(d.Vmm)),
        },
        VmmSteps.Expect<StartData>(d => d),
        VmmSteps.Register<StartData>(d => d, _ => null),
        Charge("charge-project", d => Addresses.Project(d.Project)),
        Charge("charge-silo", d => Addresses.Silo(d.Silo)),
        VmmSteps.OnSled<StartData>(
            "run", d => new Effect.Activity(PutStateActivity.ActivityName, "", new PutVmmState(d.Vmm, d.SledOf, "running", IsStart: true))),
    ];

    /// <inheritdoc/>
    public static Effect.Post? OnUnwound(StartData data, Refusal why) =>
        new(Addresses.Instance(data.Instance), new NoteStartFailed(data.Vmm, why.Code, why.Message, data.IsAutoRestart));

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

    private static MarkStarting MarkOf(StartData d) =>
        new(d.Vmm, d.SledOf, d.IsAutoRestart) { Size = new StartSize(d.Cpus, d.MemoryBytes, d.CpuPlatform) };

    private static SagaStep<StartData> Charge(string name, Func<StartData, EntityAddress> who) => new()
    {
        Name = name,
        Do = d => new Effect.Post(who(d), new ChargeQuota(d.Instance, d.Cpus, d.MemoryBytes) { Vmm = d.Vmm }),
        OnReply = VmmSteps.Go,
        Undo = d => new Effect.Post(who(d), new ReleaseQuota(d.Instance) { Vmm = d.Vmm }),
    };
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
