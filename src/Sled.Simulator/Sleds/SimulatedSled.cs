using System.Collections.Immutable;
using Gantry.Devices;

namespace Gantry.Sled.Simulator;

/// <summary>
/// One sled: its table of VMMs, their timers and bells, behind one lock that is never held over I/O, so that a GET answers at once whatever
/// else goes on (D1, D9). State changes are visible before their ring is sent (D2). Thread-safe.
/// </summary>
internal sealed class SimulatedSled : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly SledShell _shell;
    private readonly RingContext _rings;
    private readonly Dictionary<Guid, VmmEntry> _vmms = [];
    private readonly List<VmmRinger> _stopped = [];

    public SimulatedSled(SimulatedSledOptions options, SledShell shell, ulong seed)
    {
        Options = options;
        _shell = shell;
        Faults = new FaultTable(seed);
        _rings = new RingContext(shell.Time, shell.Loggers.CreateLogger<VmmRinger>());
        ControlPlane = new ControlPlaneClient(shell.Http, shell.Options.ControlPlanes);
        Bell = new RingSender(ControlPlane, Faults, shell.Time, LookForRing);
        Settings = new SledSettings
        {
            Mode = shell.Options.Mode,
            Personality = Personalities.R21,
            StopGraceMs = (int)shell.Options.StopGrace.TotalMilliseconds,
            Power = "A0",
            AutoDelayMs = (int)shell.Options.AutoDelay.TotalMilliseconds,
        };
    }

    public SimulatedSledOptions Options { get; private set; }

    public string Serial => Options.SerialOrDefault;

    public FaultTable Faults { get; }

    public ControlPlaneClient ControlPlane { get; }

    public RingSender Bell { get; }

    public PacketEngine PacketEngine { get; } = new();

    public LocalStorage Storage { get; } = new();

    public Traffic Traffic { get; } = new();

    public SledSettings Settings { get; private set; }

    /// <summary>Told in auto mode when a VMM here begins to take a guest in: the hypervisor that has it lets it go.</summary>
    public Action<Vmm>? TargetTold { get; set; }

    private DateTimeOffset Now => _shell.Time.GetUtcNow();

    /// <summary>Takes the id and rack that it is started with, before anything asks for them.</summary>
    public void Adopt(Guid id, Guid rack) => Options = Options with { Id = id, RackId = rack };

    public VmmAnswer Register(Vmm wanted)
    {
        lock (_lock)
        {
            if (Find(wanted.Id) is { } known)
            {
                return known.Vmm.InstanceId == wanted.InstanceId ? VmmAnswer.Is(known.Vmm) : new VmmAnswer(null, SledError.Internal);
            }

            var answer = VmmMachine.Register(wanted);
            if (answer.After is { } vmm)
            {
                _vmms.Add(vmm.Id, new VmmEntry(vmm, Bell, _rings, result => Answered(vmm.Id, result)));
            }

            return answer;
        }
    }

    /// <summary>Null for an unknown VMM. Forgets it, without a ring (D7).</summary>
    public Vmm? Unregister(Guid id)
    {
        lock (_lock)
        {
            if (Find(id) is not { } entry)
            {
                return null;
            }

            Forget(entry);
            return VmmMachine.Unregister(entry.Vmm, Now);
        }
    }

    public VmmAnswer Get(Guid id)
    {
        lock (_lock)
        {
            if (Find(id) is not { } entry)
            {
                return new VmmAnswer(null, SledError.Gone);
            }

            if (entry.Vmm is { IsTerminal: true, TerminalServed: null })
            {
                entry.Vmm = entry.Vmm with { TerminalServed = Now };
            }

            return VmmAnswer.Is(entry.Vmm);
        }
    }

    /// <summary>Changes a VMM by one step of its machine and does what follows: timers, ring.</summary>
    public VmmAnswer Change(Guid id, Func<Vmm, DateTimeOffset, VmmAnswer> step)
    {
        lock (_lock)
        {
            if (Find(id) is not { } entry)
            {
                return new VmmAnswer(null, SledError.Gone);
            }

            var answer = step(entry.Vmm, Now);
            if (answer.After is { } after)
            {
                Accept(entry, after);
            }

            return answer;
        }
    }

    /// <summary>Lets the hypervisor say everything that is queued, or one thing only.</summary>
    public VmmAnswer Poke(Guid id, bool isSingleStep)
    {
        lock (_lock)
        {
            if (Find(id) is not { } entry)
            {
                return new VmmAnswer(null, SledError.Gone);
            }

            Run(entry, isSingleStep);
            return VmmAnswer.Is(entry.Vmm);
        }
    }

    /// <summary>Drops a VMM without a word.</summary>
    public bool ForgetSilently(Guid id)
    {
        lock (_lock)
        {
            if (Find(id) is not { } entry)
            {
                return false;
            }

            Forget(entry);
            return true;
        }
    }

    /// <summary>A new process: all VMMs are forgotten (D8).</summary>
    public void Restart()
    {
        PacketEngine.Restart();
        lock (_lock)
        {
            foreach (var entry in _vmms.Values.ToList())
            {
                Forget(entry);
            }
        }
    }

    public void Set(SledSettings settings)
    {
        lock (_lock)
        {
            Settings = settings.Over(Settings);
            foreach (var entry in _vmms.Values)
            {
                Arm(entry);
            }
        }
    }

    public ImmutableArray<Vmm> List()
    {
        lock (_lock)
        {
            return [.. _vmms.Values.Select(e => e.Vmm).OrderBy(v => v.Id)];
        }
    }

    public async ValueTask DisposeAsync()
    {
        Restart();
        foreach (var ringer in _stopped)
        {
            await ringer.DisposeAsync().ConfigureAwait(false);
        }
    }

    private VmmEntry? Find(Guid id)
    {
        if (!_vmms.TryGetValue(id, out var entry))
        {
            return null;
        }

        if (!Retention.IsOver(entry.Vmm, Now))
        {
            return entry;
        }

        Forget(entry);
        return null;
    }

    private void Forget(VmmEntry entry)
    {
        entry.StopTimers();
        entry.Ringer.Stop();
        _stopped.RemoveAll(r => r.IsIdle);
        _stopped.Add(entry.Ringer);
        _vmms.Remove(entry.Vmm.Id);
    }

    private void Accept(VmmEntry entry, Vmm after)
    {
        var isNews = after.Answer != entry.Vmm.Answer;
        entry.Vmm = after;
        if (after.IsTerminal)
        {
            entry.StopTimers();
        }
        else
        {
            Arm(entry);
        }

        if (isNews)
        {
            entry.Ringer.Ring();
        }
    }

    private void Run(VmmEntry entry, bool isSingleStep)
    {
        while (!entry.Vmm.Queue.IsEmpty && !Faults.IsOn(FaultKinds.Freeze, entry.Vmm.Id.ToString()))
        {
            Accept(entry, VmmMachine.Step(entry.Vmm, Now));
            if (isSingleStep)
            {
                return;
            }
        }
    }

    private void Arm(VmmEntry entry)
    {
        if (Settings.Mode == SledModes.Auto && !entry.Vmm.Queue.IsEmpty && entry.Auto is null)
        {
            entry.Auto = Later(Settings.AutoDelayMs, () => AutoDue(entry));
        }

        if (entry.Vmm is { StopRequested: not null, IsTerminal: false } && entry.Grace is null)
        {
            entry.Grace = Later(Settings.StopGraceMs, () => GraceOver(entry));
        }
    }

    private ITimer Later(int? milliseconds, Action action) => _shell.Time.CreateTimer(
        static a => ((Action)a!)(), action, TimeSpan.FromMilliseconds(milliseconds ?? 0), Timeout.InfiniteTimeSpan);

    private void AutoDue(VmmEntry entry)
    {
        lock (_lock)
        {
            entry.Auto?.Dispose();
            entry.Auto = null;
            if (IsHere(entry))
            {
                Run(entry, isSingleStep: false);
                Arm(entry); // still something queued: it is frozen, look again
            }
        }
    }

    private void GraceOver(VmmEntry entry)
    {
        lock (_lock)
        {
            if (IsHere(entry) && entry.Vmm.State == VmmStates.Stopping)
            {
                Accept(entry, VmmMachine.End(entry.Vmm, VmmStates.Destroyed, Now));
            }
        }
    }

    // A timer may fire while its VMM is being forgotten, or after the sled began anew with the same id.
    private bool IsHere(VmmEntry entry) => _vmms.GetValueOrDefault(entry.Vmm.Id) == entry;

    private (string Personality, SledVmmState? State) LookForRing(Guid id)
    {
        lock (_lock)
        {
            return (Settings.Personality!, _vmms.GetValueOrDefault(id)?.Vmm.Answer);
        }
    }

    private void Answered(Guid id, RingResult result)
    {
        if (result.Status >= 400)
        {
            SimulatorLog.RingRefused(_rings.Log, id, result.Status);
        }

        lock (_lock)
        {
            // R19 sends the final state and waits for that answer; the answer to what it sent before is not it (vmm 3.3).
            var forgetsAtOnce = Settings.Personality == Personalities.R19;
            if (_vmms.TryGetValue(id, out var entry) && entry.Vmm.IsTerminal
                && (result.IsUnknownVmm || (forgetsAtOnce && !entry.Ringer.HasMore)))
            {
                Forget(entry);
            }
        }
    }
}
