using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>
/// All that a node must never forget (tq 4.2). Immutable: a change makes a new one, which is saved before anything is answered or sent. Holds the
/// node's own shares; prints as its summary.
/// </summary>
public sealed class TqPersistentState
{
    /// <summary>A node that knows nothing.</summary>
    public static readonly TqPersistentState Empty = new(
        null,
        ImmutableSortedDictionary<ulong, TqConfiguration>.Empty,
        ImmutableSortedDictionary<ulong, KeyShare>.Empty,
        [],
        null);

    private TqPersistentState(
        LrtqShareData? lrtq,
        ImmutableSortedDictionary<ulong, TqConfiguration> configs,
        ImmutableSortedDictionary<ulong, KeyShare> shares,
        ImmutableSortedSet<ulong> commits,
        TqExpunged? expunged)
    {
        Lrtq = lrtq;
        Configs = configs;
        Shares = shares;
        Commits = commits;
        Expunged = expunged;
        LatestConfig = configs.IsEmpty ? null : Last(configs);
        LatestCommit = commits.IsEmpty ? null : commits.Max;
    }

    /// <summary>Data of the older scheme; read once at the first start.</summary>
    public LrtqShareData? Lrtq { get; }

    /// <summary>Every configuration seen, committed or not; never deleted.</summary>
    public ImmutableSortedDictionary<ulong, TqConfiguration> Configs { get; }

    /// <summary>The node's own share by epoch.</summary>
    internal ImmutableSortedDictionary<ulong, KeyShare> Shares { get; }

    /// <summary>Committed epochs; each has a configuration and a share.</summary>
    public ImmutableSortedSet<ulong> Commits { get; }

    /// <summary>Set once, when the node learned that it was removed.</summary>
    public TqExpunged? Expunged { get; }

    /// <summary>The configuration of the highest epoch.</summary>
    public TqConfiguration? LatestConfig { get; }

    /// <summary>L: the highest committed epoch.</summary>
    public ulong? LatestCommit { get; }

    /// <summary>The configuration of L.</summary>
    public TqConfiguration? CommittedConfig => LatestCommit is { } epoch ? Configs.GetValueOrDefault(epoch) : null;

    /// <summary>The rack, once known.</summary>
    public RackId? RackId => LatestConfig?.RackId ?? Lrtq?.RackId;

    /// <summary>Whether the node holds data of the older scheme and nothing committed since.</summary>
    public bool IsLrtqOnly => Lrtq is not null && LatestCommit is null;

    /// <summary>Whether configuration and own share of the epoch are here.</summary>
    public bool IsPrepared(ulong epoch) => Configs.ContainsKey(epoch) && Shares.ContainsKey(epoch);

    /// <summary>A node that begins with data of the older scheme.</summary>
    public static TqPersistentState FromLrtq(LrtqShareData lrtq) => new(lrtq, Empty.Configs, Empty.Shares, [], null);

    /// <summary>What was read from disk.</summary>
    /// <exception cref="InvariantException">An epoch is committed without its configuration or share.</exception>
    internal static TqPersistentState Of(
        LrtqShareData? lrtq,
        IEnumerable<TqConfiguration> configs,
        IEnumerable<KeyValuePair<ulong, KeyShare>> shares,
        IEnumerable<ulong> commits,
        TqExpunged? expunged)
    {
        var state = new TqPersistentState(
            lrtq,
            configs.ToImmutableSortedDictionary(c => c.Epoch, c => c),
            shares.ToImmutableSortedDictionary(),
            [.. commits],
            expunged);
        foreach (var epoch in state.Commits)
        {
            Invariant.Check(state.IsPrepared(epoch), "a committed epoch has its configuration and its share");
        }

        return state;
    }

    internal TqPersistentState WithConfig(TqConfiguration config) =>
        new(Lrtq, Configs.SetItem(config.Epoch, config), Shares, Commits, Expunged);

    internal TqPersistentState WithShare(ulong epoch, KeyShare share) =>
        new(Lrtq, Configs, Shares.SetItem(epoch, share), Commits, Expunged);

    internal TqPersistentState WithPrepared(TqConfiguration config, KeyShare share) =>
        new(Lrtq, Configs.SetItem(config.Epoch, config), Shares.SetItem(config.Epoch, share), Commits, Expunged);

    internal TqPersistentState WithCommit(ulong epoch)
    {
        Invariant.Check(IsPrepared(epoch), "only a prepared epoch is committed");
        return WithCommitUnchecked(epoch);
    }

    internal TqPersistentState WithCommitUnchecked(ulong epoch) => new(Lrtq, Configs, Shares, Commits.Add(epoch), Expunged);

    internal TqPersistentState WithExpunged(TqExpunged expunged) => new(Lrtq, Configs, Shares, Commits, expunged);

    /// <summary>What a status shows.</summary>
    public TqPersistentSummary Summary() => new()
    {
        HasLrtqShare = Lrtq is not null,
        Configs = [.. Configs.Keys],
        Shares = [.. Shares.Keys],
        Commits = [.. Commits],
        Expunged = Expunged,
    };

    /// <summary>Zeroes the shares, when nobody uses this state or one derived from it any more.</summary>
    public void Forget()
    {
        foreach (var share in Shares.Values)
        {
            share.Dispose();
        }

        Lrtq?.Share.Dispose();
    }

    /// <summary>Epochs only.</summary>
    public override string ToString() =>
        $"configs [{string.Join(' ', Configs.Keys)}] shares [{string.Join(' ', Shares.Keys)}] commits [{string.Join(' ', Commits)}] expunged {Expunged}";

    private static TqConfiguration Last(ImmutableSortedDictionary<ulong, TqConfiguration> configs)
    {
        TqConfiguration? last = null;
        foreach (var config in configs.Values)
        {
            last = config;
        }

        return last!; // not empty
    }
}
