using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>Rebuilds the rack secret of the latest commit and opens the earlier ones with it (tq 4.10).</summary>
internal sealed class SecretLoader(TqContext node) : IDisposable
{
    private SortedDictionary<ulong, RackSecret> _loaded = [];
    private ShareCollector? _collector;

    /// <summary>Epochs at hand.</summary>
    public IReadOnlyCollection<ulong> Loaded => _loaded.Keys;

    public TqLoadResult Load(ulong epoch)
    {
        if (_loaded.TryGetValue(epoch, out var secret))
        {
            return new TqLoadResult(secret.Copy(), null);
        }

        if (node.State.LatestCommit is not { } latest)
        {
            return new TqLoadResult(null, TqError.NoCommittedConfigurations);
        }

        if (epoch > latest)
        {
            return new TqLoadResult(null, TqError.NotCommitted(epoch));
        }

        if (_loaded.ContainsKey(latest))
        {
            return new TqLoadResult(null, TqError.NotAvailable(epoch));
        }

        if (_collector is { } collector && collector.Config.Epoch > latest)
        {
            var alarm = node.Raise(new TqAlarm.CommittedConfigurationLost(latest, collector.Config.Epoch), latest);
            return new TqLoadResult(null, TqError.Alarm(alarm));
        }

        if (_collector?.Config.Epoch != latest)
        {
            Start(node.State.Configs[latest]);
        }

        return TqLoadResult.Pending;
    }

    public void Clear()
    {
        Drop();
        foreach (var secret in _loaded.Values)
        {
            secret.Dispose();
        }

        _loaded = [];
    }

    public void PeerConnected(BaseboardId peer)
    {
        if (_collector is { } collector && collector.Config.Has(peer))
        {
            node.Send(peer, new TqMessage.GetShare(collector.Config.Epoch));
        }
    }

    public void Take(BaseboardId from, ulong epoch, KeyShare share)
    {
        if (_collector is { } collector && collector.Offer(from, epoch, share) && collector.IsEnough)
        {
            Complete(collector);
        }
    }

    public void Dispose() => Clear();

    private void Start(TqConfiguration config)
    {
        Drop();
        _collector = new ShareCollector(node, config);
        _collector.AddOwn(node.State.Shares[config.Epoch]);
        _collector.Ask();
    }

    private void Drop()
    {
        _collector?.Dispose();
        _collector = null;
    }

    private void Complete(ShareCollector collector)
    {
        var config = collector.Config;
        var (secret, error) = RackSecret.Rebuild(collector.Shares);
        if (secret is null)
        {
            node.Raise(new TqAlarm.RackSecretReconstructionFailed(config.Epoch, error ?? new TqReconstructError(null)), config.Epoch);
            return;
        }

        SortedDictionary<ulong, RackSecret> loaded = [];
        if (config.EncryptedRackSecrets is { } sealedSecrets)
        {
            var (prior, why) = PriorSecrets.Open(sealedSecrets, new SealContext(config.RackId, config.Epoch, secret));
            if (prior is null)
            {
                secret.Dispose();
                node.Raise(new TqAlarm.RackSecretDecryptionFailed(config.Epoch, why ?? DecryptionError.Aead), config.Epoch);
                return;
            }

            loaded = prior;
        }

        Clear();
        loaded.Add(config.Epoch, secret);
        _loaded = loaded;
        node.Note(TqNoteKind.Loaded, config.Epoch);
    }
}
