namespace Gantry.Actors.Kernel;

// The store gave no answer: it is asked what it has, and again after a while (engine 3.4).
internal sealed partial class BatchDesk
{
    /// <summary>Asks the store again after a failure, when it is time.</summary>
    public void Retry()
    {
        if (RetryAt is { } at && at > lane.Now)
        {
            return;
        }

        RetryAt = null;
        if (_mustResolve)
        {
            Resolve();
        }
        else if (InFlight is { Transfer: not null } && !_isTransferSent)
        {
            SendTransfer(InFlight);
        }
        else if (InFlight is { Transfer: null } && _sent is null)
        {
            _sent = new LaneBatch { Number = InFlight.Number, Commits = [.. InFlight.Items.Select(i => i.Commit!)] };
            lane.Emit(new LaneOutput.Commit(Session, _sent));
        }
    }

    public void Resolve()
    {
        _mustResolve = true;
        if (!_isResolving)
        {
            _isResolving = true;
            lane.Emit(LaneOutput.Resolve.Instance);
        }
    }

    public void Failed(LaneEvent.CommitFailed failed)
    {
        if (InFlight?.Number != failed.Batch)
        {
            return;
        }

        lane.StoreFailed($"commit of batch {failed.Batch}: {failed.Why}");
        _sent = null;
        _isTransferSent = false;
        if (failed.IsOutcomeKnown || lane.Lacks(KernelMutations.NoResolve))
        {
            BackOff();
        }
        else
        {
            Resolve();
        }
    }

    public void ResolveFailed(string why)
    {
        _isResolving = false;
        lane.StoreFailed($"resolve: {why}");
        BackOff();
    }

    /// <summary>Null, or why the lane is over.</summary>
    public string? Resolved(LaneEvent.Resolved found)
    {
        _isResolving = false;
        lane.StoreAnswered();
        Session = found.Session;
        if (InFlight is not { } batch)
        {
            (LastBatch, _mustResolve) = (found.LastBatch, false);
            return found.IsFenced ? "the lane was fenced by a newer incarnation" : null;
        }

        lane.Note(LaneNote.CommitResolved, null, $"batch {batch.Number}: the store is at {found.LastBatch}");
        if (found.LastBatch == batch.Number)
        {
            _mustResolve = false;
            Committed(new LaneEvent.Committed(batch.Number, 0));
        }
        else if (found.LastBatch == batch.Number - 1 && !found.IsFenced)
        {
            _mustResolve = false;
            TakeInFlight(batch.Number);
            quiet.TakeBack(batch);
            if (batch.Transfer is { } leaving)
            {
                _transfers.Enqueue(leaving);
            }
            else
            {
                Redo(batch, _ => false);
            }
        }

        if (found.IsFenced)
        {
            return "the lane was fenced by a newer incarnation";
        }

        return _mustResolve ? $"the store is at batch {found.LastBatch} after {batch.Number} was sent: impossible" : null;
    }

    private void SendTransfer(Batch batch)
    {
        var shard = batch.Transfer!; // asked for by the callers
        _isTransferSent = true;
        lane.Emit(new LaneOutput.Transfer(Session, batch.Number, new ShardEpoch(shard.Id, shard.Epoch), shard.GivenTo!.Value)); // set with the transfer
    }

    private void BackOff()
    {
        RetryAt = lane.Now + _backoff;
        _backoff = _backoff * 2 > BackoffMax ? BackoffMax : _backoff * 2;
    }
}
