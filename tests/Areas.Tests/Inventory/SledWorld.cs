using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Inventory;
using Gantry.Primitives;

namespace Gantry.Areas.Tests.Inventory;

/// <summary>One sled driven by plain calls of its decider, with the claims that the store would keep.</summary>
internal sealed class SledWorld
{
    public static readonly RackId Rack = RackId.From(Guid.Parse("6a0c0d0e-0000-4000-8000-000000000100"));
    public static readonly DateTimeOffset Start = new(2026, 8, 21, 10, 0, 0, TimeSpan.Zero);

    private readonly Principal _caller = new(PrincipalKind.User, "u1", "admin");

    public SledId Id { get; } = SledId.From(Guid.Parse("6a0c0d0e-0000-4000-8000-000000000001"));

    public SledState State { get; private set; } = SledDecider.Initial;

    public List<Effect> Effects { get; } = [];

    public List<SledEvent> Events { get; } = [];

    public DateTimeOffset Now { get; set; } = Start;

    public static SledFacts Facts(long threads = 16, long reservoirBytes = 16L << 30) => new()
    {
        Address = "[fd00:1122:3344:121::1]:12345",
        RepoDepotPort = 12348,
        Role = "gimlet",
        HardwareThreads = threads,
        PhysicalRamBytes = 64L << 30,
        ReservoirBytes = reservoirBytes,
        CpuFamily = "amd_milan",
    };

    public static RegisterSled Registration(long generation = 1, SledFacts? facts = null) => new(
        Rack, "fd00:1122:3344:121::/64", new SledBaseboard("BRM42220031", "913-0000019", 6), facts ?? Facts(), generation);

    public static SledWorld Registered(SledFacts? facts = null)
    {
        var world = new SledWorld();
        world.Do(Registration(facts: facts));
        world.Effects.Clear();
        return world;
    }

    public Reply Do(SledCommand command, Principal? caller = null)
    {
        var turn = new Turn(Addresses.Sled(Id), Events.Count, Now, new CommandKey($"k{Events.Count}"), caller ?? _caller);
        var decision = SledDecider.Decide(State, command, turn);
        foreach (var fact in decision.Events)
        {
            State = SledDecider.Apply(State, fact);
            Events.Add(fact);
        }

        Effects.AddRange(decision.Effects);
        return decision.Reply;
    }

    public Reply Reserve(int vmm, int instance, long threads = 1, long bytes = 1L << 30, string kind = ReserveSled.Active) =>
        Do(new SledCommand.Reserve(new ReserveSled(Vmm(vmm), Instance(instance), threads, bytes, kind)));

    public Reply Release(int vmm) => Do(new SledCommand.Release(new ReleaseSled(Vmm(vmm))));

    public Reply Move(int vmm, string kind) => Do(new SledCommand.Move(new MoveReservation(Vmm(vmm), kind)));

    public static VmmId Vmm(int n) => VmmId.From(GuidForm.FromText($"vmm {n}"));

    public static InstanceId Instance(int n) => InstanceId.From(GuidForm.FromText($"instance {n}"));
}

/// <summary>Reads replies.</summary>
internal static class Replies
{
    public static Refusal Refusal(this Reply reply) =>
        reply is Reply.Refused refused ? refused.Why : throw new InvalidOperationException($"not refused: {reply}");

    public static T Value<T>(this Reply reply) =>
        reply is Reply.Accepted { Value: T value } ? value : throw new InvalidOperationException($"not a {typeof(T).Name}: {reply}");
}
