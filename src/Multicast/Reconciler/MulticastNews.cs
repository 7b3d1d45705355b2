using System.Collections.Immutable;
using System.Text.Json;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>
/// What the last turns did, wherever they ran: each switch has its key at one node of the cluster, and that one remembers. Thread-safe.
/// </summary>
public sealed class MulticastNews(MulticastStatus status, IReconcilers reconcilers, INodes nodes) : INodeQuestion
{
    // A look at a group must not wait for a node that hangs: its rows say the most.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    public string Name => "multicast.status";

    /// <summary>Asks all nodes.</summary>
    public async ValueTask<MulticastSight> LookAsync(CancellationToken ct)
    {
        var answers = await nodes.AskAsync(Name, default, Patience, ct).ConfigureAwait(false);
        return new MulticastSight(
            answers.Told
                .SelectMany(t => JsonSerializer.Deserialize(t.Body, MulticastJson.Default.ImmutableArraySwitchTold))
                .GroupBy(s => s.Switch, StringComparer.Ordinal)
                .ToImmutableSortedDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal),
            answers.Missing);
    }

    /// <inheritdoc/>
    public ValueTask<byte[]?> AnswerAsync(ReadOnlyMemory<byte> body, ShardSet owned, CancellationToken ct)
    {
        var due = reconcilers.Status().Where(s => s.Reconciler == Reconcilers.Multicast).ToDictionary(s => s.Key, s => s.Due, StringComparer.Ordinal);
        ImmutableArray<SwitchTold> told =
        [
            .. status.Keys.Union(due.Keys, StringComparer.Ordinal)
                .Where(key => owned.Contains(new EntityAddress("switch", key)))
                .Select(key => Told(key, due.GetValueOrDefault(key))),
        ];
        return ValueTask.FromResult<byte[]?>(JsonSerializer.SerializeToUtf8Bytes(told, MulticastJson.Default.ImmutableArraySwitchTold));
    }

    private SwitchTold Told(string key, DateTimeOffset? due) =>
        new(key, status.Of(key), status.DriftingOn(key), status.VerifiedAt(key), due) { Doubt = status.DoubtOf(key) };
}

/// <summary>What is known of one switch beside the rows.</summary>
/// <param name="Switch">Its key.</param>
/// <param name="Report">What its last turn did; null before the first.</param>
/// <param name="Drifting">Groups that it was found to have lost or changed, and that are being repaired.</param>
/// <param name="VerifiedAt">When everything on it was last compared.</param>
/// <param name="NextAttempt">When it is looked at next; null when that runs now.</param>
public sealed record SwitchTold(string Switch, MulticastReport? Report, ImmutableArray<GroupId> Drifting, DateTimeOffset? VerifiedAt, DateTimeOffset? NextAttempt)
{
    /// <summary>Why it is not known whether the switch holds what the rows say; null when it was compared and has answered since.</summary>
    public SwitchDoubt? Doubt { get; init; }
}

/// <summary>All switches.</summary>
/// <param name="Switches">By key.</param>
/// <param name="Missing">Nodes that did not answer: what they work on is not among them.</param>
public sealed record MulticastSight(ImmutableSortedDictionary<string, SwitchTold> Switches, ImmutableArray<string> Missing)
{
    /// <summary>All switches together.</summary>
    public MulticastReport Summary => MulticastReport.Sum(Switches.Values.Select(s => s.Report).OfType<MulticastReport>());

    /// <summary>Whether the switch was just found to have lost or changed a group that it had held, and is being repaired.</summary>
    public bool IsDrifting(string key, GroupId group) => Switches.TryGetValue(key, out var told) && told.Drifting.Contains(group);

    /// <summary>
    /// Whether what the rows say of a group is known to be so: no switch has lost or changed it, and each was compared since it was last away.
    /// </summary>
    public bool IsTrue(GroupId group) => Switches.Values.All(s => s.Doubt is null && !s.Drifting.Contains(group));

    /// <summary>Why it is not known what a switch holds; null when it is.</summary>
    public SwitchDoubt? DoubtOf(string key) => Switches.TryGetValue(key, out var told) ? told.Doubt : null;

    /// <summary>When a switch is looked at next; null when that runs now or is not known.</summary>
    public DateTimeOffset? NextAttempt(string key) => Switches.TryGetValue(key, out var told) ? told.NextAttempt : null;

    /// <summary>When everything on the switch was last compared; null for never.</summary>
    public DateTimeOffset? VerifiedAt(string key) => Switches.TryGetValue(key, out var told) ? told.VerifiedAt : null;
}
