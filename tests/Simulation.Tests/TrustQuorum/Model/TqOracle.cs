using Gantry.Primitives;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.Simulation.TrustQuorum;

/// <summary>The safety properties of tq 8.1, looked at after each turn of a node, and what is known of each epoch.</summary>
internal sealed class TqOracle(TqControl control)
{
    private readonly Dictionary<ulong, TqConfiguration> _configs = [];
    private readonly Dictionary<ulong, byte[]> _secrets = [];

    /// <summary>A secret that is known beforehand.</summary>
    public void Knows(ulong epoch, byte[] secret) => _secrets.Add(epoch, secret);

    /// <summary>After a save: what is on disk.</summary>
    public void Saved(TqSimNode sled)
    {
        var disk = sled.Disk;
        foreach (var (epoch, config) in disk.Configs)
        {
            if (!_configs.TryGetValue(epoch, out var first))
            {
                _configs.Add(epoch, config);
            }
            else if (!ReferenceEquals(first, config))
            {
                TqViolation.Unless(first == config, "S1", $"{sled} holds another configuration of epoch {epoch} than its coordinator made");
            }
        }

        foreach (var epoch in disk.Commits)
        {
            TqViolation.Unless(disk.IsPrepared(epoch), "S2", $"{sled} committed epoch {epoch} without configuration or share");
        }

        TqViolation.Unless(disk.LatestCommit >= sled.HighestCommit || sled.HighestCommit is null, "S4", $"{sled} went back from {sled.HighestCommit}");
        TqViolation.Unless(disk.LatestCommit is null || disk.LatestCommit <= disk.LatestConfig?.Epoch, "S4", $"{sled} committed what it does not know");
        sled.HighestCommit = disk.LatestCommit;
        foreach (var epoch in disk.Commits)
        {
            TqViolation.Unless(control.IsDecided(epoch), "S7", $"{sled} committed epoch {epoch}, which is not in force");
        }

        if (disk.Expunged is { } expunged)
        {
            TqViolation.Unless(
                control.IsDecided(expunged.Epoch) && control.Find(expunged.Epoch) is { } record && record.Find(sled.Id) is null,
                "S10",
                $"{sled} believes to be removed as of {expunged.Epoch}");
        }
    }

    /// <summary>After each input: what is in memory.</summary>
    public static void Turned(TqSimNode sled, TqNode node)
    {
        TqViolation.Unless(node.CoordinatedEpoch is null || node.ComputedEpoch is null, "S8", $"{sled} coordinates and computes a share at once");
        TqViolation.Unless(
            node.CoordinatedEpoch is not { } epoch || node.State.LatestConfig is not { } latest || latest.Epoch <= epoch,
            "S8",
            $"{sled} goes on coordinating {node.CoordinatedEpoch} after a newer prepare");
        if (node.Alarms.Count > 0)
        {
            throw new TqViolation("S9", $"{sled} raised {node.Alarms[0].Name}");
        }
    }

    /// <summary>A message that leaves a node.</summary>
    public void Sent(TqSimNode sled, TqEnvelope envelope)
    {
        // A removed node may still be told to load, and then asks; it answers nobody (tq 4.10).
        TqViolation.Unless(sled.Disk.Expunged is null || envelope.Message is TqMessage.GetShare, "S10", $"{sled} answers after it was removed");
        var epoch = envelope.Message switch
        {
            TqMessage.Share share => share.Epoch,
            TqMessage.Prepare prepare => prepare.Config.Epoch,
            _ => (ulong?)null,
        };
        if (epoch is { } e && _configs.TryGetValue(e, out var config))
        {
            TqViolation.Unless(config.Has(envelope.To), "S10", $"{sled} gives {envelope.To} a share of epoch {e}, which excludes it");
        }
    }

    /// <summary>S11.</summary>
    public void Loaded(TqSimNode sled, ulong epoch, RackSecret secret)
    {
        TqViolation.Unless(sled.Disk.LatestCommit >= epoch, "S11", $"{sled} gave the secret of {epoch}");
        if (_secrets.TryGetValue(epoch, out var known))
        {
            TqViolation.Unless(secret.Span.SequenceEqual(known), "S11", $"{sled} gave another secret of epoch {epoch}");
        }
        else
        {
            _secrets.Add(epoch, secret.Span.ToArray());
        }
    }

    /// <summary>A configuration of a coordinator before it is stored anywhere.</summary>
    public TqConfiguration? ConfigOf(ulong epoch) => _configs.GetValueOrDefault(epoch);

    /// <summary>Who may not be given a share.</summary>
    public bool IsStranger(BaseboardId id, ulong epoch) => _configs.TryGetValue(epoch, out var config) && !config.Has(id);
}
