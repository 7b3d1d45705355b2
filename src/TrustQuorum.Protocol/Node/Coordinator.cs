using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>
/// Makes a new configuration: collects the old secret, hands out the new shares, counts acknowledgements (tq 4.6, 4.7). It never decides to
/// commit.
/// </summary>
internal sealed class Coordinator(TqContext node) : IDisposable
{
    private Coordination? _current;

    /// <summary>The epoch being coordinated.</summary>
    public ulong? Epoch => _current?.Config.Epoch;

    public TqCoordinatorStatus? Status => _current is { } current
        ? new TqCoordinatorStatus(current.Config, current.IsPreparing ? current.Acked : [])
        : null;

    public TqError? WhyNot(ReconfigureMsg message) => CoordinatorChecks.WhyNot(message, node, _current);

    public bool IsRepeat(ReconfigureMsg message) => _current?.Asked == message;

    /// <summary>Starts; all checks were passed.</summary>
    public TqError? Start(ReconfigureMsg message)
    {
        var (config, shares, error) = Make(message.RackId, message.Epoch, message.Members, message.Threshold);
        if (config is null || shares is null)
        {
            return error;
        }

        var old = node.State.CommittedConfig is { } committed ? new ShareCollector(node, committed) : null;
        Replace(new Coordination(config, shares) { Asked = message, OldShares = old });
        if (old is null)
        {
            Prepare(config);
            return null;
        }

        old.AddOwn(node.State.Shares[old.Config.Epoch]);
        old.Ask();
        return null;
    }

    /// <summary>Starts an upgrade.</summary>
    public TqError? Start(LrtqUpgradeMsg message)
    {
        if (CoordinatorChecks.WhyNot(message, node) is { } why)
        {
            return why;
        }

        var (config, shares, error) = Make(message.RackId, message.Epoch, message.Members, message.Threshold);
        if (config is null || shares is null)
        {
            return error;
        }

        var own = node.State.Lrtq!.Share; // checked above
        Replace(new Coordination(config, shares) { LrtqShares = new Dictionary<BaseboardId, KeyShare> { [node.Self] = own.Copy() } });
        foreach (var peer in node.Connected)
        {
            PeerConnected(peer);
        }

        return null;
    }

    /// <summary>Sends what the peer still owes or is owed.</summary>
    public void PeerConnected(BaseboardId peer)
    {
        if (_current is not { } current)
        {
            return;
        }

        if (current.IsPreparing)
        {
            SendPrepare(current, peer);
        }
        else if (current.OldShares is { } old)
        {
            old.AskIfMissing(peer);
        }
        else if (current.LrtqShares is { } lrtq && current.Config.Has(peer) && !lrtq.ContainsKey(peer))
        {
            node.Send(peer, new TqMessage.GetLrtqShare());
        }
    }

    public void TakeShare(BaseboardId from, ulong epoch, KeyShare share)
    {
        if (_current is { IsPreparing: false, OldShares: { } old } current && old.Offer(from, epoch, share) && old.IsEnough)
        {
            TryPrepare(current, old);
        }
    }

    public void TakeLrtqShare(BaseboardId from, KeyShare share)
    {
        if (_current is not { IsPreparing: false, LrtqShares: { } held } current || held.ContainsKey(from))
        {
            node.Note(TqNoteKind.Unexpected, 0, from);
            return;
        }

        var lrtq = node.State.Lrtq!; // only a node with LRTQ data collects
        var digest = share.Digest();
        if (!lrtq.ShareDigests.Contains(digest) || held.Values.Any(s => s.Digest() == digest))
        {
            node.Note(TqNoteKind.ShareRefused, LrtqShareData.Epoch, from);
            return;
        }

        held.Add(from, share.Copy());
        if (held.Count >= lrtq.Threshold)
        {
            TryPrepare(current, [.. held.Values]);
        }
    }

    public void TakeAck(BaseboardId from, ulong epoch)
    {
        if (_current is not { IsPreparing: true } current
            || (current.Config.Epoch != epoch && !node.Lacks(TqMutations.AckAnyEpoch))
            || current.Config.IndexOf(from) is not (>= 0 and var member))
        {
            node.Note(TqNoteKind.Unexpected, epoch, from);
            return;
        }

        current.Ack(member);
    }

    /// <summary>Ends coordination of epochs up to and including this one.</summary>
    public void CancelUpTo(ulong epoch)
    {
        if (Epoch <= epoch)
        {
            node.Note(TqNoteKind.CoordinationReplaced, epoch);
            Cancel();
        }
    }

    public void Cancel()
    {
        _current?.Dispose();
        _current = null;
    }

    public void Dispose() => Cancel();

    private void Replace(Coordination next)
    {
        Cancel();
        _current = next;
        node.Note(TqNoteKind.Coordinating, next.Config.Epoch);
    }

    private (TqConfiguration? Config, KeyShare[]? Shares, TqError? Error) Make(
        RackId rack, ulong epoch, ImmutableArray<BaseboardId> members, byte threshold)
    {
        using var secret = RackSecret.Draw(node.Random);
        var (shares, error) = secret.Split(members.Length, threshold, node.Random);
        if (shares is null)
        {
            return (null, null, TqError.Configuration(error ?? SplitError.TooFewTotalShares));
        }

        if (node.Lacks(TqMutations.SameShareForAll))
        {
            shares = [.. shares.Select(_ => shares[0].Copy())];
        }

        var list = ImmutableArray.CreateBuilder<TqMember>(members.Length);
        for (var i = 0; i < members.Length; i++)
        {
            list.Add(new TqMember(members[i], shares[i].Digest()));
        }

        var config = new TqConfiguration
        {
            RackId = rack,
            Epoch = epoch,
            Coordinator = node.Self,
            Members = list.MoveToImmutable(),
            Threshold = threshold,
        };
        return (config, shares, null);
    }

    private void TryPrepare(Coordination current, ShareCollector old)
    {
        var (secret, _) = RackSecret.Rebuild(old.Shares);
        if (secret is null)
        {
            node.Note(TqNoteKind.PreparingFailed, current.Config.Epoch);
            return;
        }

        SortedDictionary<ulong, RackSecret>? prior = [];
        if (old.Config.EncryptedRackSecrets is { } carried && !node.Lacks(TqMutations.ForgetPriorSecrets))
        {
            (prior, _) = PriorSecrets.Open(carried, new SealContext(old.Config.RackId, old.Config.Epoch, secret));
        }

        if (prior is null)
        {
            secret.Dispose();
            node.Note(TqNoteKind.PreparingFailed, current.Config.Epoch);
            return;
        }

        prior.Add(old.Config.Epoch, secret);
        SealAndPrepare(current, prior);
    }

    private void TryPrepare(Coordination current, KeyShare[] lrtq)
    {
        var (bytes, _) = LrtqScalars.Combine(lrtq);
        if (bytes is null)
        {
            node.Note(TqNoteKind.PreparingFailed, current.Config.Epoch);
            return;
        }

        SealAndPrepare(current, new SortedDictionary<ulong, RackSecret> { [LrtqShareData.Epoch] = RackSecret.Own(bytes) });
    }

    // Until this succeeds the shares stay where they are, so that the next valid share tries again [H8].
    private void SealAndPrepare(Coordination current, SortedDictionary<ulong, RackSecret> prior)
    {
        var config = current.Config;
        var (secret, _) = RackSecret.Rebuild(current.NewShares[..config.Threshold]);
        if (secret is null)
        {
            node.Note(TqNoteKind.PreparingFailed, config.Epoch);
        }
        else
        {
            var sealedSecrets = PriorSecrets.Seal(prior, new SealContext(config.RackId, config.Epoch, secret), node.Random);
            secret.Dispose();
            Prepare(config with { EncryptedRackSecrets = sealedSecrets });
        }

        foreach (var known in prior.Values)
        {
            known.Dispose();
        }
    }

    private void Prepare(TqConfiguration config)
    {
        var current = _current!; // the caller works on it
        Invariant.Check(!node.State.Configs.ContainsKey(config.Epoch), "one epoch has one coordinator");
        node.Change(node.State.WithPrepared(config, current.NewShares[config.IndexOf(node.Self)].Copy()));
        current.StartPreparing(config, node.Self);
        node.Note(TqNoteKind.Preparing, config.Epoch);
        foreach (var peer in node.Connected)
        {
            SendPrepare(current, peer);
        }
    }

    private void SendPrepare(Coordination current, BaseboardId peer)
    {
        var member = current.Config.IndexOf(peer);
        if (member >= 0 && current.IsOutstanding(member))
        {
            node.Send(peer, new TqMessage.Prepare(current.Config, current.NewShares[member].Copy()));
        }
    }
}
