using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Instances;
using Gantry.Primitives;

namespace Gantry.Areas.Tests.Instances;

/// <summary>Instance states made by hand, and plain calls of the decider.</summary>
internal static class InstanceBench
{
    public static readonly InstanceId Instance = InstanceId.From(Guid.Parse("6a0c0d0e-0000-4000-8000-000000000001"));
    public static readonly ProjectId Project = ProjectId.From(Guid.Parse("6a0c0d0e-0000-4000-8000-0000000000bb"));
    public static readonly SiloId Silo = SiloId.From(Guid.Parse("6a0c0d0e-0000-4000-8000-0000000000aa"));
    public static readonly SledId SledA = SledId.From(Guid.Parse("6a0c0d0e-0000-4000-8000-00000000000a"));
    public static readonly SledId SledB = SledId.From(Guid.Parse("6a0c0d0e-0000-4000-8000-00000000000b"));
    public static readonly VmmId Active = VmmId.From(Guid.Parse("6a0c0d0e-0000-4000-8000-0000000000f1"));
    public static readonly VmmId Target = VmmId.From(Guid.Parse("6a0c0d0e-0000-4000-8000-0000000000f2"));
    public static readonly MigrationId Migration = MigrationId.From(Guid.Parse("6a0c0d0e-0000-4000-8000-0000000000e1"));

    public static InstanceConfig Config { get; } = new(4, 4L << 30, "web-1");

    public static InstanceState Creating() => On(
        InstanceDecider.Initial, new CreateInstance(Project, Silo, "web-1", "front", Config, Start: false));

    public static InstanceState Stopped() => On(Creating(), new FinishCreate(null));

    /// <summary>Somebody asked for a start, and nothing is done yet.</summary>
    public static InstanceState Wanted() => On(Stopped(), new WantRunning());

    public static InstanceState WithVmm(string state, string intent = Intents.Running)
    {
        var linked = On(Wanted(), new MarkStarting(Active, SledA, IsAutoRestart: false));
        return linked with
        {
            Intent = intent,
            Vmms = linked.Vmms.SetItem(Active, linked.Vmms[Active] with { State = state, StateGeneration = 5 }),
        };
    }

    public static InstanceState Failed() =>
        On(WithVmm(VmmWords.Running), Report(Active, VmmWords.Failed, 6)) is { State: InstanceWords.Failed } failed ? failed : throw new InvalidOperationException();

    /// <summary>An instance whose external state is the given one.</summary>
    public static InstanceState Showing(string runState) => runState switch
    {
        "creating" => Creating(),
        "stopped" => Stopped(),
        "failed" => Failed(),
        "failed-linked" => WithVmm(VmmWords.SagaUnwound),
        "migrating" => WithVmm(VmmWords.Running) with { Migration = Migration, TargetVmm = Target },
        "stopping-ended" => WithVmm(VmmWords.Destroyed),
        "starting-creating" => WithVmm(VmmWords.Creating),
        "deleted" => On(Stopped(), new DeleteInstance()),
        _ => WithVmm(runState),
    };

    public static InstanceState Migrating(string active, string? target, string source, string targetSide, string intent = Intents.Running)
    {
        var one = WithVmm(active, intent);
        var vmms = one.Vmms.SetItem(Active, one.Vmms[Active] with { MigrationOut = Side(source) });
        return one with
        {
            Migration = Migration,
            TargetVmm = Target,
            Vmms = target is null ? vmms : vmms.SetItem(Target, Report(Target, target, 5) with { Sled = SledB, MigrationIn = Side(targetSide) }),
        };
    }

    public static VmmReport Report(VmmId vmm, string state, long generation) => new(
        Instance, vmm, SledA, state, generation, Turns.Start.AddSeconds(generation), state == VmmWords.Failed ? FailureReasons.FromSledAgent : null);

    public static Decision<InstanceEvent> Decide(InstanceState state, InstanceCommand command) =>
        InstanceDecider.Decide(state, command, Turns.At(Addresses.Instance(Instance), Turns.Start.AddMinutes(1)));

    public static InstanceState On(InstanceState state, InstanceCommand command) => Decide(state, command).Fold(state, InstanceDecider.Apply);

    public static ImmutableArray<object> PostsTo(this Decision<InstanceEvent> decision, EntityAddress to) =>
        [.. decision.Effects.OfType<Effect.Post>().Where(p => p.To == to).Select(p => p.Command)];

    private static MigrationSide Side(string state) => new(Migration, state, 2, Turns.Start);
}
