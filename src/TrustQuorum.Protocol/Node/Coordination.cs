using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>One configuration being made: what was asked for, the shares made for it, and how far it is. Lost with the process (tq 4.3).</summary>
internal sealed class Coordination(TqConfiguration config, KeyShare[] newShares) : IDisposable
{
    private readonly List<BaseboardId> _acked = [];
    private bool[] _isOutstanding = [];

    /// <summary>What the control plane asked for; null when this is an upgrade.</summary>
    public ReconfigureMsg? Asked { get; init; }

    public bool IsUpgrade => Asked is null;

    public TqConfiguration Config { get; private set; } = config;

    /// <summary>The new shares in member order.</summary>
    public ReadOnlySpan<KeyShare> NewShares => newShares;

    /// <summary>Shares of the old configuration; null when none are needed.</summary>
    public ShareCollector? OldShares { get; init; }

    /// <summary>Shares of the older scheme by sender; null when none are needed.</summary>
    public Dictionary<BaseboardId, KeyShare>? LrtqShares { get; init; }

    public bool IsPreparing { get; private set; }

    public ImmutableArray<BaseboardId> Acked => [.. _acked.Order()];

    /// <summary>The configuration is complete; everyone but the coordinator is owed a prepare.</summary>
    public void StartPreparing(TqConfiguration config, BaseboardId self)
    {
        Config = config;
        _isOutstanding = new bool[config.Count];
        Array.Fill(_isOutstanding, value: true);
        IsPreparing = true;
        Ack(config.IndexOf(self));
    }

    public void Ack(int member)
    {
        if (_isOutstanding[member])
        {
            _isOutstanding[member] = false;
            _acked.Add(Config.Members[member].Id);
        }
    }

    public bool IsOutstanding(int member) => _isOutstanding[member];

    public void Dispose()
    {
        OldShares?.Dispose();
        foreach (var share in newShares)
        {
            share.Dispose();
        }

        foreach (var share in LrtqShares?.Values ?? Enumerable.Empty<KeyShare>())
        {
            share.Dispose();
        }
    }
}
