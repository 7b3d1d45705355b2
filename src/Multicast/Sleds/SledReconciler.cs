using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Primitives;
using Microsoft.Extensions.Options;

namespace Gantry.Multicast;

/// <summary>
/// Makes the packet engines of a rack's sleds send groups to their underlay addresses, and subscribes the VMMs of joined members (multicast 8.2).
/// What a sled was last read to hold is kept, so that a turn after a nudge calls only for what changed; the period reads all of them anew.
/// </summary>
internal sealed class SledReconciler(
    IViews views, SledSubscriber subscriber, ISledMulticastPorts? ports, IOptions<MulticastOptions> options) : IReconciler
{
    private const int SledsAtOnce = 16;

    private readonly ConcurrentDictionary<string, RackMemory> _racks = new(StringComparer.Ordinal);

    public string Name => Reconcilers.MulticastSleds;

    public ReconcilerOptions Options { get; } = new()
    {
        Period = TimeSpan.FromSeconds(options.Value.PeriodSecs),
        BackoffMax = TimeSpan.FromSeconds(30),
        SecondLook = AdapterLimits.SledDeadline,
        TurnTimeout = TimeSpan.FromMinutes(2),

        // A burst of joins is one turn: every turn reads all groups.
        KeyRate = 2,
        KeyBurst = 2,
    };

    public ImmutableArray<NudgeRule> Nudges => IsOn ? [new("multicast-group", _ => null), new("sled", _ => null)] : [];

    private bool IsOn => ports is not null && options.Value is { Enabled: true, SledProgramming: true };

    public async IAsyncEnumerable<string> ListAsync(ShardSet shards, [EnumeratorCancellation] CancellationToken ct)
    {
        if (!IsOn)
        {
            yield break;
        }

        await foreach (var item in views.AllAsync(new ViewQuery<RackRow>(InventoryViews.Racks), ct).ConfigureAwait(false))
        {
            if (shards.Contains(Addresses.Rack(item.Row.Id)))
            {
                yield return item.Key;
            }
        }
    }

    public async ValueTask<Reconciled> ReconcileAsync(string key, ReconcileTurn turn, CancellationToken ct)
    {
        if (!IsOn)
        {
            return Reconciled.Done;
        }

        var rack = turn.IsFirst ? _racks[key] = new RackMemory() : _racks.GetOrAdd(key, _ => new RackMemory());
        var world = await SledWorld.ReadAsync(views, key, rack.Groups, ct).ConfigureAwait(false);
        foreach (var gone in rack.Sleds.Keys.Except(world.Sleds.Select(s => s.Id)).ToList())
        {
            rack.Sleds.TryRemove(gone, out _);
        }

        if (turn.IsFirst || turn.IsResync)
        {
            foreach (var expunged in world.Expunged)
            {
                await subscriber.ForgetAsync(expunged, ct).ConfigureAwait(false);
            }
        }

        var subscriptions = world.Subscriptions.ToLookup(s => s.Sled);
        var errors = new List<string>();
        foreach (var some in world.Sleds.Chunk(SledsAtOnce))
        {
            var ends = await Task.WhenAll(some.Select(async sled =>
            {
                if (!rack.Sleds.TryGetValue(sled.Id, out var memory))
                {
                    rack.Sleds[sled.Id] = memory = new SledMemory(await subscriber.KnownAsync(sled.Id, ct).ConfigureAwait(false));
                }

                var error = await ConvergeAsync(sled, memory, world.Program, subscriptions[sled.Id], turn.IsResync || turn.IsFirst, ct).ConfigureAwait(false);
                return error is null ? null : $"sled {sled.Serial}: {error}";
            })).ConfigureAwait(false);
            errors.AddRange(ends.OfType<string>());
        }

        var report = new SledTurnReport
        {
            Sleds = world.Sleds.Length,
            Programmed = world.Sleds.Count(s => rack.Sleds[s.Id].Holding is not null),
            TooOld = world.Sleds.Count(s => rack.Sleds[s.Id].IsTooOld),
            Mappings = world.Program.Mappings.Count,
            Subscriptions = world.Subscriptions.Length,
            Errors = [.. errors.Take(16)],
        };
        var end = errors.Count == 0 ? Reconciled.Done : Reconciled.Retry(errors.Count == 1 ? errors[0] : $"{errors[0]} (and {errors.Count - 1} more)");
        return end with { Report = JsonSerializer.SerializeToElement(report, MulticastJson.Default.SledTurnReport) };
    }

    private async Task<string?> ConvergeAsync(
        SledRow sled, SledMemory memory, SledProgram program, IEnumerable<SledSubscription> wanted, bool isAnew, CancellationToken ct)
    {
        var port = ports!.For(sled.Id.ToString(), new Uri($"http://{sled.Address}")); // on, so they are there
        if (isAnew || (memory.UpSince - port.Status.Since).Duration() > AdapterLimits.SameMoment)
        {
            (memory.Holding, memory.IsTooOld, memory.UpSince) = (null, false, port.Status.Since);

            // Told again, whatever they were told before; what has to be taken back is not forgotten.
            foreach (var known in memory.Subscribed.Keys.ToList())
            {
                memory.Subscribed[known] = null;
            }
        }

        if (memory.IsTooOld)
        {
            return null; // looked at again at the next period
        }

        var error = await ProgramAsync(port, memory, program, ct).ConfigureAwait(false);
        return memory.IsTooOld ? null : error ?? await subscriber.RunAsync(port, sled.Id, memory.Subscribed, wanted, ct).ConfigureAwait(false);
    }

    private static async ValueTask<string?> ProgramAsync(ISledMulticastPort port, SledMemory memory, SledProgram program, CancellationToken ct)
    {
        if (memory.Holding is not { } holding)
        {
            var (read, error, isTooOld) = await SledProgrammer.ReadAsync(port, ct).ConfigureAwait(false);
            if (read is null)
            {
                memory.IsTooOld = isTooOld;
                return error;
            }

            holding = read;
        }

        var steps = SledPlan.Plan(program, holding);
        memory.Holding = steps.IsEmpty ? holding : null;
        if (steps.IsEmpty)
        {
            return null;
        }

        if (await SledProgrammer.RunAsync(port, steps, ct).ConfigureAwait(false) is { } failed)
        {
            return failed;
        }

        // What was read back decides, as with switches.
        var (after, unread, _) = await SledProgrammer.ReadAsync(port, ct).ConfigureAwait(false);
        if (after is null)
        {
            return unread;
        }

        memory.Holding = after;
        return SledPlan.Plan(program, after).IsEmpty ? null : "it does not hold what it was told";
    }

    private sealed class RackMemory
    {
        public Dictionary<GroupId, (long Revision, ImmutableArray<SledSubscription> Of)> Groups { get; } = [];

        public ConcurrentDictionary<SledId, SledMemory> Sleds { get; } = new();
    }

    private sealed class SledMemory(Dictionary<(Guid Vmm, string Group), string?> known)
    {
        public SledHolding? Holding { get; set; }

        public bool IsTooOld { get; set; }

        public DateTimeOffset UpSince { get; set; }

        /// <summary>Sources that each was told; null: to be told again.</summary>
        public Dictionary<(Guid Vmm, string Group), string?> Subscribed { get; } = known;
    }
}

/// <summary>What a turn over a rack's sleds did.</summary>
public sealed record SledTurnReport
{
    /// <summary>Sleds in service.</summary>
    public int Sleds { get; init; }

    /// <summary>Those that were read back to hold what they should.</summary>
    public int Programmed { get; init; }

    /// <summary>Those whose agent is too old for this.</summary>
    public int TooOld { get; init; }

    /// <summary>Groups that each of them maps.</summary>
    public int Mappings { get; init; }

    /// <summary>VMMs times groups that are subscribed.</summary>
    public int Subscriptions { get; init; }

    /// <summary>One text per sled that failed, at most 16.</summary>
    public ImmutableArray<string> Errors { get; init; } = [];
}
