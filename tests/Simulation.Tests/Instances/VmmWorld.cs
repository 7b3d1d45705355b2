using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Instances;
using Gantry.Inventory;
using Gantry.Primitives;

namespace Gantry.Simulation.Tests.Instances;

/// <summary>
/// One seed: the deciders of instance, VMM and sled with the steps of the real sagas, simulated sleds over the simulator's state machine, and a
/// network that loses, repeats, delays and reorders. Everything happens at virtual times from one queue; the same seed is the same story.
/// </summary>
internal sealed partial class VmmWorld
{
    public static readonly TimeSpan WatcherPeriod = TimeSpan.FromSeconds(30);

    private static readonly DateTimeOffset s_start = new(2026, 8, 21, 10, 0, 0, TimeSpan.Zero);
    private readonly PriorityQueue<Action, (TimeSpan At, long Number)> _queue = new();
    private readonly Dictionary<InstanceId, InstanceState> _instances = [];
    private readonly Dictionary<VmmId, VmmState> _vmms = [];
    private readonly Dictionary<SledId, SledState> _rooms = [];
    private readonly Dictionary<(string, string), EntityAddress> _claims = [];
    private readonly HashSet<VmmId> _pulling = [];
    private readonly HashSet<VmmId> _again = [];
    private readonly HashSet<VmmId> _owed = [];
    private readonly HashSet<InstanceId> _restarting = [];
    private readonly Dictionary<VmmId, InstanceId> _starting = [];
    private readonly Dictionary<string, Dictionary<VmmId, InstanceId>> _charges = new(StringComparer.Ordinal) { ["project"] = [], ["silo"] = [] };
    private readonly List<Action> _unfinished = [];
    private readonly List<Action> _waiting = [];
    private long _numbers;
    private long _epoch;
    private bool _isUp = true;

    public VmmWorld(ulong seed)
    {
        Dice = new SeededRandomSource(seed);
        Sleds = [.. Enumerable.Range(0, 3).Select(n => new SledModel(this, SledId.From(Dice.NewGuid()), n))];
        foreach (var sled in Sleds)
        {
            var facts = SledFacts.None with { HardwareThreads = 8, ReservoirBytes = 64L << 30, CpuFamily = "amd_milan", Address = "x" };
            _rooms[sled.Id] = SledDecider.Initial with
            {
                Id = sled.Id, Subnet = $"fd00:1122:3344:10{sled.Number}::/64", Facts = facts, Baseboard = new SledBaseboard($"s{sled.Number}", "p", 0),
            };
        }

        foreach (var n in Enumerable.Range(0, 4))
        {
            var id = InstanceId.From(Dice.NewGuid());
            _instances[id] = InstanceDecider.Initial;
            var config = new InstanceConfig(2, 1L << 30, "web") { AutoRestartPolicy = n % 2 == 0 ? "never" : null };
            Ask(Addresses.Instance(id), new CreateInstance(default, default, $"web-{n}", "", config, Start: false));
            Ask(Addresses.Instance(id), new FinishCreate(null));
        }

        Every(WatcherPeriod, Watch);
        Every(TimeSpan.FromSeconds(30), Update);
        Every(TimeSpan.FromSeconds(60), () => _vmms.Keys.ToList().ForEach(Reap));
        Every(TimeSpan.FromSeconds(60), () => Instances.ToList().ForEach(Restart));
    }

    public SeededRandomSource Dice { get; }

    /// <summary>Told what happens; null keeps quiet.</summary>
    public Action<string>? Trace { get; init; }

    public TimeSpan Now { get; private set; }

    public DateTimeOffset Clock => s_start + Now;

    public ImmutableArray<SledModel> Sleds { get; }

    public IEnumerable<InstanceId> Instances => _instances.Keys;

    /// <summary>Nothing goes wrong any more and nobody wants anything.</summary>
    public bool IsQuiet { get; private set; }

    public bool IsUp => _isUp;

    /// <summary>The first thing that must never be; null so far.</summary>
    public string? Broken { get; private set; }

    public void Run(TimeSpan noisy)
    {
        for (var at = TimeSpan.Zero; at < noisy; at += Between(200, 3_000))
        {
            At(at, () => Noise.Make(this));
        }

        At(noisy, () =>
        {
            IsQuiet = true;
            Wake();
            Sleds.ToList().ForEach(s => s.ComeBack());
        });
        var end = noisy + WatcherPeriod + TimeSpan.FromSeconds(2);
        while (Broken is null && _queue.TryPeek(out _, out var next) && next.At <= end)
        {
            var act = _queue.Dequeue();
            Now = next.At;
            act();
        }

        Now = end;
        Broken ??= WhatIsNotRight();
    }

    public TimeSpan Between(int fromMs, int toMs) => TimeSpan.FromMilliseconds(fromMs + Dice.Next(toMs - fromMs));

    public bool IsHit(int percent) => !IsQuiet && Dice.Next(100) < percent;

    public void After(TimeSpan delay, Action act) => At(Now + delay, act);

    private void At(TimeSpan at, Action act) => _queue.Enqueue(act, (at, _numbers++));

    private void Every(TimeSpan period, Action act)
    {
        After(period * (0.8 + (0.2 * Dice.NextDouble())), () =>
        {
            if (_isUp)
            {
                act();
            }

            Every(period, act);
        });
    }

    /// <summary>Runs when the node is up: mail and sagas survive it.</summary>
    private void Durably(Action act)
    {
        if (_isUp)
        {
            act();
        }
        else
        {
            _waiting.Add(act);
        }
    }

    public void Crash()
    {
        _isUp = false;
        _epoch++;
        _pulling.Clear();
        _again.Clear();
        _owed.Clear();
        _restarting.Clear();
        After(Between(100, 4_000), Wake);
    }

    private void Wake()
    {
        if (_isUp)
        {
            return;
        }

        _isUp = true;
        var waiting = _waiting.ToList();
        _waiting.Clear();
        waiting.ForEach(w => After(Between(0, 50), () => Durably(w)));
        foreach (var unfinished in _unfinished.ToList())
        {
            After(Between(0, 50), () => Durably(unfinished));
        }

        After(Between(0, 1_000), () => Durably(Watch));
    }


    private string? WhatIsNotRight()
    {
        foreach (var sled in Sleds)
        {
            foreach (var vmm in sled.Vmms.Values.Where(v => v.Runtime.TimeUpdated < Clock - TimeSpan.FromSeconds(2)))
            {
                var known = _vmms.GetValueOrDefault(VmmId.From(vmm.Id));
                if (known is { IsLive: true } && !VmmWords.IsDestroyable(known.State) && known.StateGeneration != vmm.Runtime.Gen)
                {
                    return $"VMM {vmm.Id} is {vmm.State} gen {vmm.Runtime.Gen} on its sled and {known.State} gen {known.StateGeneration} on record";
                }

                var instance = _instances[InstanceId.From(vmm.InstanceId)];
                if (SledModel.IsExecuting(vmm) && instance.ActiveVmm?.Value != vmm.Id && instance.TargetVmm?.Value != vmm.Id)
                {
                    return $"VMM {vmm.Id} runs and its instance {instance.Name} ({instance.State}) does not know it";
                }
            }
        }

        foreach (var instance in _instances.Values.Where(i => !InstanceUpdate.IsUpToTarget(i) && i.Active is { } a && a.TimeStateUpdated < Clock - TimeSpan.FromSeconds(5)))
        {
            var active = instance.Active!; // Where says so
            var isThere = SledOf(active.Sled).Vmms.ContainsKey(active.Vmm.Value);
            if (!isThere && active.State is not (VmmWords.Creating or VmmWords.SagaUnwound))
            {
                return $"instance {instance.Name} shows {instance.RunStateWord} and its VMM {active.Vmm} is on no sled";
            }
        }

        return WhatIsNotCharged();
    }

    private string? WhatIsNotCharged()
    {
        foreach (var (id, instance) in _instances.Where(i => !_starting.ContainsValue(i.Key) && !InstanceUpdate.IsUpToTarget(i.Value) && i.Value.TimeStateUpdated < Clock - TimeSpan.FromSeconds(2)))
        {
            var wanted = instance.Active is { State: not VmmWords.SagaUnwound } ? 1 : 0;
            foreach (var (owner, charges) in _charges)
            {
                var held = charges.Values.Count(i => i == id);
                if (held != wanted)
                {
                    return $"the {owner} is charged {held} times for instance {instance.Name}, which is {instance.RunStateWord} (I7)";
                }
            }
        }

        return null;
    }
}
