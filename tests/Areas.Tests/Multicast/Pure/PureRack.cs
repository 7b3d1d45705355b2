using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Multicast;
using Gantry.Primitives;
using Gantry.Switch.Simulator;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Gantry.Areas.Tests.Multicast;

/// <summary>
/// A rack in one thread and virtual time: the real deciders, joining service, reconciler and plan, over the switch simulator's pure state
/// machine. One seed is one history.
/// </summary>
internal sealed class PureRack : IDisposable
{
    public static readonly SiloId Silo = new(GuidForm.FromText("silo"));
    private static readonly RackId s_rack = new(GuidForm.FromText("rack"));
    private static readonly Principal s_caller = new(PrincipalKind.Host, "pure");

    private readonly SeededRandomSource _dice;
    private readonly MulticastMetrics _metrics = new();
    private readonly MulticastReconciler _reconciler;
    private readonly Dictionary<string, Turning> _turning;
    private readonly List<Action> _work = [];

    public PureRack(ulong seed, SwitchMode mode)
    {
        _dice = new SeededRandomSource(seed);
        Engine = new PureEngine(Time, _dice);
        Switches = new[] { 0, 1 }.ToImmutableSortedDictionary(KeyOf, slot => new PureSwitch(slot, mode, Time, _dice), StringComparer.Ordinal);
        foreach (var slot in new[] { 0, 1 })
        {
            Engine.Views.Put(InventoryViews.Switches, KeyOf(slot), Row(slot));
        }

        var options = Options.Create(new MulticastOptions { Enabled = true });
        var ports = new PureSwitches(Switches);
        Service = new MembershipService(
            Engine.Views, Engine, _dice, Time, options, _metrics, NullLogger<MembershipService>.Instance);
        Explicit = new ExplicitGroupService(Engine.Views, Engine, _dice, options, NullLogger<MembershipService>.Instance);
        Pools = new PoolService(Engine.Views, Engine);
        var reporter = new GroupReporter(Engine, ports, _dice, _metrics, Time);
        var linker = new UnderlayLinker(Engine.Views, Engine, _dice, _metrics);
        var converger = new GroupConverger(NullLogger<GroupConverger>.Instance);
        var status = new MulticastStatus();
        _reconciler = new MulticastReconciler(
            Engine.Views,
            ports,
            new SmallTurn(Engine.Views, linker, converger, reporter, status, Time, NullLogger<SmallTurn>.Instance),
            new FullTurn(Engine.Views, linker, converger, reporter, status, _metrics, Time, NullLogger<FullTurn>.Instance),
            new MemberRecall(Engine.Views, Engine, _dice, Time),
            status,
            _metrics,
            options,
            Time);
        _turning = Switches.Keys.ToDictionary(k => k, _ => new Turning { Due = Time.Now, IsResync = true });
    }

    public PureTime Time { get; } = new();

    public PureEngine Engine { get; }

    /// <summary>In the order of their slots: an order by hash would make one seed another history in every process.</summary>
    public ImmutableSortedDictionary<string, PureSwitch> Switches { get; }

    public MembershipService Service { get; }

    public ExplicitGroupService Explicit { get; }

    public PoolService Pools { get; }

    public long Steps { get; private set; }

    public static string KeyOf(int slot) => Addresses.SwitchKey(s_rack, slot);

    public AskOptions Ask() => new() { Key = CommandKey.Fresh(_dice), Deadline = TimeSpan.FromSeconds(8), Caller = s_caller };

    public JoinRequest Join(InstanceId instance, string group, string[]? sources)
    {
        JoinWish.TryParse(group, sources, null, out var wish);
        return new JoinRequest(instance, Silo, wish!, s_caller); // the test's own words can be read
    }

    public void PlaceSled(SledId sled, int cubby)
    {
        Engine.Views.Put(InventoryViews.SledPorts, sled.ToString(), new SledPortRow(sled, s_rack, cubby, $"rear{cubby}", Time.Now));
        foreach (var key in Switches.Keys)
        {
            Engine.Nudged.Add(key);
        }
    }

    /// <summary>Lets one thing happen, chosen by the dice. False when nothing can without the clock moving.</summary>
    public bool Step()
    {
        Steps++;
        StartTurns();
        _work.Clear();
        Engine.Collect(_work);
        foreach (var one in Switches.Values)
        {
            one.Collect(_work);
        }

        if (_work.Count == 0)
        {
            return false;
        }

        _work[_dice.Next(_work.Count)]();
        return true;
    }

    /// <summary>Moves the clock to the next thing that waits for it, at most so far.</summary>
    public void Wait(TimeSpan most)
    {
        DateTimeOffset?[] due = [Engine.NextTimer, Time.NextTimer, .. _turning.Values.Where(t => t.Run is null).Select(t => (DateTimeOffset?)t.Due)];
        var next = due.Min() ?? DateTimeOffset.MaxValue;
        var end = Time.Now + most;
        Time.MoveTo(next < end ? next : end);
    }

    /// <summary>Runs until nothing is left to do and every switch had a full look, in virtual time.</summary>
    public void RunToQuiet(TimeSpan atLeast)
    {
        var end = Time.Now + atLeast;
        var resyncs = _turning.ToDictionary(t => t.Key, t => t.Value.Resyncs);
        var bound = Time.Now + TimeSpan.FromMinutes(30);
        while (true)
        {
            while (Step())
            {
            }

            if (Time.Now >= end && _turning.All(t => t.Value.Run is null && !t.Value.IsFailing && t.Value.Resyncs > resyncs[t.Key] + 1))
            {
                return;
            }

            if (Time.Now > bound)
            {
                throw new TimeoutException($"not quiet in half an hour: {string.Join("; ", _turning.Values.Select(t => t.LastError ?? "fine"))}");
            }

            Wait(TimeSpan.FromSeconds(10));
        }
    }

    public void Dispose() => _metrics.Dispose();

    private void StartTurns()
    {
        foreach (var (key, turning) in _turning)
        {
            if (turning.Run is { IsCompleted: true } ended)
            {
                turning.End(ended.GetAwaiter().GetResult(), Time.Now);
            }

            var isNudged = Engine.Nudged.Contains(key) && !turning.IsFailing;
            if (turning.Run is null && (isNudged || turning.Due <= Time.Now))
            {
                Engine.Nudged.Remove(key);
                turning.IsResync = Time.Now >= turning.NextResync;
                turning.Run = _reconciler.ReconcileAsync(
                    key, new ReconcileTurn(turning.IsResync, false, 1 + turning.Failures, Time.Now), default).AsTask();
            }
        }
    }

    private SwitchRow Row(int slot) => new()
    {
        Id = new SwitchId(GuidForm.FromText($"switch {slot}")),
        Rack = s_rack,
        Slot = slot,
        Address = $"http://127.0.0.1:{slot + 1}",
        Serial = $"SW{slot}",
        Part = "part",
        Revision = 1,
        TimeCreated = Time.Now,
        TimeModified = Time.Now,
        Generation = 1,
    };

    /// <summary>What the engine's queue keeps of one key: the running turn, when the next is due, failures in a row.</summary>
    private sealed class Turning
    {
        public Task<Reconciled>? Run { get; set; }

        public DateTimeOffset Due { get; set; }

        public DateTimeOffset NextResync { get; private set; }

        public bool IsResync { get; set; }

        public int Failures { get; private set; }

        public int Resyncs { get; private set; }

        public string? LastError { get; private set; }

        public bool IsFailing => Failures > 0;

        public void End(Reconciled end, DateTimeOffset now)
        {
            Run = null;
            if (IsResync)
            {
                NextResync = now + TimeSpan.FromSeconds(60);
            }

            if (end.End == ReconcileEnd.Retry)
            {
                Failures++;
                LastError = end.Reason;
                Due = now + TimeSpan.FromSeconds(Math.Min(10, 0.5 * Math.Pow(2, Failures)));
                return;
            }

            Resyncs += IsResync ? 1 : 0;
            Failures = 0;
            LastError = null;
            Due = NextResync;
        }
    }
}
