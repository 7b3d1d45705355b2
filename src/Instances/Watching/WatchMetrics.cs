using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>
/// The counters of the target <c>virtual_machine</c> (vmm 3.9). They are observed from a table, because a target that was not checked in a run
/// is pruned after it, and a plain counter never forgets.
/// </summary>
public sealed class WatchMetrics : IDisposable
{
    private readonly Meter _meter = new("Gantry.Instances.Watcher");
    private readonly ConcurrentDictionary<VmmId, Target> _targets = new();
    private readonly Counter<long> _broken;

    /// <summary>Makes the instruments.</summary>
    public WatchMetrics()
    {
        _broken = _meter.CreateCounter<long>(
            "instance_state_broken", description: "Instances seen with a state that does not fit their active VMM, at each scan");
        _meter.CreateObservableCounter("virtual_machine.check", Checks, description: "Checks of VMMs by external state and reason");
        _meter.CreateObservableCounter("virtual_machine.incomplete_check", Incompletes, description: "Checks of VMMs without a conclusion");
    }

    /// <summary>Targets with series.</summary>
    public int TargetCount => _targets.Count;

    internal void Checked(Check check)
    {
        var target = _targets.GetOrAdd(check.Target.Vmm, _ => new Target(check.Target));
        var (state, reason) = check.End switch
        {
            { Failure: { } why } => ("failed", why),
            { Incomplete: { } why } => ("unknown", why),
            _ => (check.State ?? "unknown", "success"),
        };
        target.Checks.AddOrUpdate((state, reason), 1, (_, n) => n + 1);
        if (check.End.Incomplete is { } incomplete)
        {
            target.Incompletes.AddOrUpdate(incomplete, 1, (_, n) => n + 1);
        }
    }

    /// <summary>Drops the targets of a sled that were not among the checked ones.</summary>
    internal int Prune(SledId sled, IReadOnlySet<VmmId> isChecked)
    {
        var gone = _targets.Where(t => t.Value.Of.Sled == sled && !isChecked.Contains(t.Key)).Select(t => t.Key).ToList();
        return gone.Count(vmm => _targets.TryRemove(vmm, out _));
    }

    /// <summary>Drops the targets of sleds that are looked over elsewhere now.</summary>
    internal void KeepOnly(IReadOnlySet<SledId> sleds)
    {
        foreach (var gone in _targets.Where(t => !sleds.Contains(t.Value.Of.Sled)).Select(t => t.Key).ToList())
        {
            _targets.TryRemove(gone, out _);
        }
    }

    /// <summary>An instance's state and its active VMM do not fit, which nothing may bring about.</summary>
    internal void Broken() => _broken.Add(1);

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<long>> Checks() => _targets.Values.SelectMany(t => t.Checks.Select(c => new Measurement<long>(
        c.Value, [.. t.Tags, new("state", c.Key.State), new("reason", c.Key.Reason)])));

    private IEnumerable<Measurement<long>> Incompletes() => _targets.Values.SelectMany(t => t.Incompletes.Select(c => new Measurement<long>(
        c.Value, [.. t.Tags, new("failure_reason", c.Key)])));

    private sealed class Target(WatchTarget of)
    {
        public WatchTarget Of { get; } = of;

        public KeyValuePair<string, object?>[] Tags { get; } =
        [
            new("rack_id", of.Rack.ToString()), new("nexus_id", of.Node), new("instance_id", of.Instance.ToString()),
            new("silo_id", of.Silo?.ToString()), new("project_id", of.Project?.ToString()), new("vmm_id", of.Vmm.ToString()),
            new("sled_agent_id", of.Sled.ToString()), new("sled_agent_ip", of.Host), new("sled_agent_port", of.Port),
        ];

        public ConcurrentDictionary<(string State, string Reason), long> Checks { get; } = new();

        public ConcurrentDictionary<string, long> Incompletes { get; } = new();
    }
}

/// <summary>What a check is about.</summary>
internal sealed record WatchTarget(
    VmmId Vmm, InstanceId Instance, SledId Sled, RackId Rack, string Host, string Port, string Node, SiloId? Silo, ProjectId? Project)
{
    public static WatchTarget Of(VmmRow vmm, SledRow sled, InstanceRow? instance, string node)
    {
        var cut = sled.Address.LastIndexOf(':');
        return new WatchTarget(
            vmm.Id, vmm.Instance, sled.Id, sled.Rack, sled.Address[..cut].Trim('[', ']'), sled.Address[(cut + 1)..],
            node, instance?.Silo, instance?.Project);
    }
}
