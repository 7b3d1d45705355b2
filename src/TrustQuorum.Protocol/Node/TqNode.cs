using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>
/// The trust-quorum node of one sled (tq 4): no I/O, no clock; chance comes in. One input at a time. After each input its owner looks at
/// <see cref="Unsaved"/>, saves it, calls <see cref="Saved"/>, and only then sends what <see cref="TakeMessages()"/> gives and answers the caller;
/// a node whose state could not be saved is thrown away (4.1). Everything but the durable state is lost with the object. Not thread-safe.
/// </summary>
public sealed class TqNode : IDisposable
{
    private readonly TqContext _context;
    private readonly Coordinator _coordinator;
    private readonly ShareComputer _computer;
    private readonly SecretLoader _loader;

    /// <summary>A node as it starts: with what it saved, and nothing else.</summary>
    public TqNode(BaseboardId self, TqPersistentState state, ISecretRandom random)
        : this(self, state, random, TqMutations.None)
    {
    }

    internal TqNode(BaseboardId self, TqPersistentState state, ISecretRandom random, TqMutations mutations)
    {
        _context = new TqContext(self, state, random, mutations);
        _coordinator = new Coordinator(_context);
        _computer = new ShareComputer(_context);
        _loader = new SecretLoader(_context);
    }

    /// <summary>Who this is.</summary>
    public BaseboardId Self => _context.Self;

    /// <summary>The durable state as of the last input.</summary>
    public TqPersistentState State => _context.State;

    /// <summary>The state to be saved now; null when the last save is up to date.</summary>
    public TqPersistentState? Unsaved => _context.IsUnsaved ? _context.State : null;

    /// <summary>Peers with a session.</summary>
    public IReadOnlyList<BaseboardId> Connected => _context.Connected;

    /// <summary>Broken invariants since the start.</summary>
    public IReadOnlyList<TqAlarm> Alarms => _context.Alarms;

    /// <summary>The epoch being coordinated, if any.</summary>
    public ulong? CoordinatedEpoch => _coordinator.Epoch;

    /// <summary>The epoch whose share is being computed, if any.</summary>
    public ulong? ComputedEpoch => _computer.Epoch;

    /// <summary>Epochs whose secret is at hand.</summary>
    public IReadOnlyCollection<ulong> LoadedEpochs => _loader.Loaded;

    /// <summary>What is being coordinated; null for nothing.</summary>
    public TqCoordinatorStatus? CoordinatorStatus => _coordinator.Status;

    /// <summary>Told what the node would log; null for nobody.</summary>
    public Action<TqNote>? OnNote
    {
        get => _context.OnNote;
        set => _context.OnNote = value;
    }

    private TqPersistentState Durable => _context.State;

    /// <summary>The owner saved <see cref="Unsaved"/>.</summary>
    public void Saved() => _context.Saved();

    /// <summary>Takes what is to be sent, in order; the caller disposes the messages.</summary>
    public ImmutableArray<TqEnvelope> TakeMessages()
    {
        ImmutableArray<TqEnvelope> taken = [.. _context.Outbox];
        _context.Outbox.Clear();
        return taken;
    }

    /// <summary>Moves what is to be sent into a list, without a new array.</summary>
    internal void TakeMessages(List<TqEnvelope> into)
    {
        into.AddRange(_context.Outbox);
        _context.Outbox.Clear();
    }

    /// <summary>Coordinate a reconfiguration; null when accepted.</summary>
    public TqError? Reconfigure(ReconfigureMsg message)
    {
        if (_coordinator.WhyNot(message) is { } error)
        {
            return error;
        }

        if (_coordinator.IsRepeat(message))
        {
            return null;
        }

        if (_coordinator.Start(message) is { } failed)
        {
            return failed;
        }

        _computer.Stop();
        return null;
    }

    /// <summary>Coordinate the upgrade from LRTQ; null when accepted.</summary>
    public TqError? UpgradeFromLrtq(LrtqUpgradeMsg message)
    {
        if (_coordinator.Start(message) is { } error)
        {
            return error;
        }

        _computer.Stop();
        return null;
    }

    /// <summary>Put a prepared epoch in force.</summary>
    public TqCommitResult Commit(RackId rack, ulong epoch)
    {
        if (WhyNotCommit(rack) is { } error)
        {
            return new TqCommitResult(TqCommitStatus.Pending, error);
        }

        if (Durable.LatestCommit < epoch || Durable.LatestCommit is null)
        {
            if (!Durable.IsPrepared(epoch) && !_context.Lacks(TqMutations.CommitUnprepared))
            {
                return new TqCommitResult(TqCommitStatus.Pending, TqError.NotPrepared(epoch));
            }

            PutInForce(epoch);
            if (_coordinator.Epoch == epoch)
            {
                _coordinator.Cancel();
            }
        }

        return new TqCommitResult(StatusOf(epoch), null);
    }

    /// <summary>Put an epoch in force on a member that may have missed its prepare.</summary>
    public TqCommitResult PrepareAndCommit(TqConfiguration config)
    {
        if (WhyNotCommit(config.RackId) is { } error)
        {
            return new TqCommitResult(TqCommitStatus.Pending, error);
        }

        Advance(config, TqAlarm.FromNexus);
        return new TqCommitResult(StatusOf(config.Epoch), null);
    }

    /// <summary>The secret of an epoch; pending until enough shares came.</summary>
    public TqLoadResult Load(ulong epoch) => _loader.Load(epoch);

    /// <summary>The secret of the latest commit.</summary>
    public TqLatestResult LoadLatest() => Durable.LatestCommit is { } latest
        ? new TqLatestResult(latest, _loader.Load(latest))
        : new TqLatestResult(0, new TqLoadResult(null, TqError.NoCommittedConfigurations));

    /// <summary>Forgets loaded secrets.</summary>
    public void ClearSecrets() => _loader.Clear();

    /// <summary>A session with a peer began, or began again.</summary>
    public void Connect(BaseboardId peer)
    {
        _context.Connect(peer);
        Remind(peer);
    }

    /// <summary>A session ended.</summary>
    public void Disconnect(BaseboardId peer) => _context.Disconnect(peer);

    /// <summary>Sends again what is still open, as after a reconnect: for transports that may lose a message on a live link (4.11).</summary>
    public void Tick()
    {
        foreach (var peer in _context.Connected)
        {
            Remind(peer);
        }
    }

    /// <summary>A message of a peer. The message stays the caller's.</summary>
    public void Handle(TqEnvelope envelope)
    {
        var from = envelope.From;
        if (Durable.Expunged is not null && !_context.Lacks(TqMutations.KeepListeningWhenExpunged))
        {
            _context.Note(TqNoteKind.DroppedAsExpunged, Durable.Expunged.Epoch, from);
            return;
        }

        if (Durable.RackId is { } rack && rack != envelope.RackId && !_context.Lacks(TqMutations.ListenToOtherRacks))
        {
            _context.Note(TqNoteKind.DroppedOtherRack, 0, from);
            return;
        }

        switch (envelope.Message)
        {
            case TqMessage.Prepare prepare:
                Prepare(from, prepare);
                break;
            case TqMessage.PrepareAck ack:
                _coordinator.TakeAck(from, ack.Epoch);
                break;
            case TqMessage.GetShare get:
                GiveShare(from, get.Epoch);
                break;
            case TqMessage.Share share:
                TakeShare(from, share);
                break;
            case TqMessage.GetLrtqShare:
                GiveLrtqShare(from);
                break;
            case TqMessage.LrtqShare lrtq:
                _coordinator.TakeLrtqShare(from, lrtq.KeyShare);
                break;
            case TqMessage.Expunged expunged:
                Expunge(from, expunged.Epoch);
                break;
            case TqMessage.CommitAdvance advance:
                Advance(advance.Config, from.ToString());
                break;
            default:
                throw Invariant.Unreachable("there are eight kinds of messages");
        }
    }

    /// <summary>Forgets all that is not durable, secrets first. The durable state is the owner's.</summary>
    public void Dispose()
    {
        _coordinator.Dispose();
        _computer.Dispose();
        _loader.Dispose();
        foreach (var envelope in _context.Outbox)
        {
            envelope.Message.Dispose();
        }

        _context.Outbox.Clear();
    }

    private TqError? WhyNotCommit(RackId rack)
    {
        if (Durable.Expunged is { } expunged)
        {
            return TqError.Expunged(expunged);
        }

        return Durable.RackId is { } own && own != rack ? TqError.InvalidRackId(own, rack) : null;
    }

    private TqCommitStatus StatusOf(ulong epoch) => Durable.Commits.Contains(epoch) ? TqCommitStatus.Committed : TqCommitStatus.Pending;

    private void PutInForce(ulong epoch)
    {
        _context.Change(_context.Lacks(TqMutations.CommitUnprepared) ? Durable.WithCommitUnchecked(epoch) : Durable.WithCommit(epoch));
        _context.Note(TqNoteKind.Committed, epoch);
    }

    private void Remind(BaseboardId peer)
    {
        _coordinator.PeerConnected(peer);
        _computer.PeerConnected(peer);
        _loader.PeerConnected(peer);
    }

    private void Prepare(BaseboardId from, TqMessage.Prepare prepare)
    {
        var config = prepare.Config;
        if (config.Epoch < Durable.LatestCommit)
        {
            _context.Note(TqNoteKind.DroppedOldPrepare, config.Epoch, from);
            return;
        }

        if (!config.Has(Self))
        {
            _context.Note(TqNoteKind.NotAMember, config.Epoch, from);
            return;
        }

        if (Durable.Configs.TryGetValue(config.Epoch, out var stored) && stored != config)
        {
            _context.Raise(new TqAlarm.MismatchedConfigurations(stored, config, from.ToString()), config.Epoch);
            return;
        }

        Keep(config, prepare.KeyShare, isKnown: stored is not null);
        if (_coordinator.Epoch < config.Epoch && !_context.Lacks(TqMutations.KeepCoordinating))
        {
            _coordinator.CancelUpTo(config.Epoch);
        }

        _context.Send(from, new TqMessage.PrepareAck(config.Epoch));
    }

    private void Keep(TqConfiguration config, KeyShare share, bool isKnown)
    {
        if (_context.Lacks(TqMutations.AckWithoutShare))
        {
            _context.Change(Durable.WithConfig(config));
            return;
        }

        if (isKnown && Durable.Shares.TryGetValue(config.Epoch, out var held) && held.FixedTimeEquals(share))
        {
            return;
        }

        var copy = share.Copy();
        _context.Change(isKnown ? Durable.WithShare(config.Epoch, copy) : Durable.WithPrepared(config, copy));
        _context.Note(TqNoteKind.Prepared, config.Epoch);
    }

    private void GiveShare(BaseboardId from, ulong epoch)
    {
        if (Durable.CommittedConfig is { } committed && committed.Epoch > epoch)
        {
            _context.Send(from, committed.Has(from) ? new TqMessage.CommitAdvance(committed) : new TqMessage.Expunged(committed.Epoch));
            return;
        }

        if (Durable.Configs.TryGetValue(epoch, out var config) && !config.Has(from) && !_context.Lacks(TqMutations.ShareWithAnyone))
        {
            _context.Send(from, new TqMessage.Expunged(epoch));
            return;
        }

        if (Durable.Shares.TryGetValue(epoch, out var share))
        {
            _context.Send(from, new TqMessage.Share(epoch, share.Copy()));
        }
    }

    private void GiveLrtqShare(BaseboardId from)
    {
        if (Durable.CommittedConfig is { } committed)
        {
            _context.Send(from, committed.Has(from) ? new TqMessage.CommitAdvance(committed) : new TqMessage.Expunged(committed.Epoch));
        }
        else if (Durable.Lrtq is { } lrtq)
        {
            _context.Send(from, new TqMessage.LrtqShare(lrtq.Share.Copy()));
        }
    }

    // One share serves the coordinator or, when nothing is coordinated, the computation; and the loader besides (4.5).
    private void TakeShare(BaseboardId from, TqMessage.Share share)
    {
        if (_coordinator.Epoch is not null)
        {
            _coordinator.TakeShare(from, share.Epoch, share.KeyShare);
        }
        else
        {
            _computer.Take(from, share.Epoch, share.KeyShare);
        }

        _loader.Take(from, share.Epoch, share.KeyShare);
    }

    private void Expunge(BaseboardId from, ulong epoch)
    {
        if (Durable.LatestConfig is not { } latest)
        {
            _context.Note(TqNoteKind.Unexpected, epoch, from);
            return;
        }

        if (epoch < latest.Epoch)
        {
            _context.Note(TqNoteKind.OldExpungeIgnored, epoch, from);
            return;
        }

        _context.Change(Durable.WithExpunged(new TqExpunged(epoch, from)));
        _coordinator.Cancel();
        _computer.Stop();
        _context.Note(TqNoteKind.Expunged, epoch, from);
    }

    // 4.8: what both a peer's CommitAdvance and the control plane's prepare_and_commit do.
    private void Advance(TqConfiguration config, string from)
    {
        if (!config.Has(Self))
        {
            _context.Note(TqNoteKind.NotAMember, config.Epoch);
            return;
        }

        if (Durable.LatestCommit >= config.Epoch)
        {
            return;
        }

        var isCommitted = Durable.IsPrepared(config.Epoch);
        if (isCommitted)
        {
            PutInForce(config.Epoch);
        }
        else if (!Durable.Configs.TryGetValue(config.Epoch, out var stored))
        {
            _context.Change(Durable.WithConfig(config));
        }
        else if (stored != config)
        {
            _context.Raise(new TqAlarm.MismatchedConfigurations(stored, config, from), config.Epoch);
            return;
        }

        _coordinator.CancelUpTo(config.Epoch);
        if (_computer.Epoch > config.Epoch)
        {
            return;
        }

        if (_computer.Epoch == config.Epoch)
        {
            if (isCommitted)
            {
                _computer.Stop();
            }

            return;
        }

        _computer.Stop();
        if (!isCommitted)
        {
            _computer.Start(config);
        }
    }
}
