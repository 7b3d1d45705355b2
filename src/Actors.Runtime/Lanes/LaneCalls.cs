using System.Collections.Immutable;
using Gantry.Actors.Kernel;
using Gantry.Actors.Storage;

namespace Gantry.Actors.Runtime;

/// <summary>
/// Store calls of one lane: each runs as a task of its own and ends as an input of the lane, whatever happens to it. The lane never awaits one.
/// </summary>
internal sealed class LaneCalls(LaneHost host, int lane, LaneInbox inbox, CancellationToken stopped)
{
    private readonly Lock _gate = new();
    private EncodeJob? _encoding;
    private readonly HashSet<Task> _running = [];

    /// <summary>What is being encoded, for the watch-dog.</summary>
    public WorkMark EncodeMark { get; } = new(host.Turns);

    /// <summary>
    /// A projection hangs: its entity is isolated and its commit is taken out of the batch. Called by the watch-dog's thread; the hung one is
    /// lost, and what it may still bring is thrown away.
    /// </summary>
    public void EncodeStuck(EntityAddress entity, string what)
    {
        if (Volatile.Read(ref _encoding) is not { } job || !job.TryGiveUp())
        {
            return;
        }

        var why = $"HANGS: {what} did not end within {Watchdog.StuckAfter.TotalSeconds:0} s";
        RuntimeLog.CodeHangs(host.Log, entity.ToString(), what, Watchdog.StuckAfter.TotalSeconds);
        host.Suspects.Note(entity, what);
        inbox.Complete(new LaneEvent.Quarantine(entity, why));
        inbox.Complete(new LaneEvent.Unencodable(job.Batch.Number, [new BadCommit(job.Index, IsTooLarge: false, why)]));
    }

    public async Task MarkSuspectAsync(LaneOutput.Suspect suspect, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        await host.Suspects.TryWriteAsync(suspect.Entity, suspect.Tag).ConfigureAwait(false);
        inbox.Complete(new LaneEvent.SuspectNoted(suspect.Mail));
    }

    public async Task ClearSuspectAsync(EntityAddress entity, CancellationToken ct)
    {
        try
        {
            await host.Suspects.ForgetAsync(entity, ct).ConfigureAwait(false);
        }
        catch (StoreConnectionException e)
        {
            RuntimeLog.SuspectNotWritten(host.Log, entity.ToString(), e.Message);
        }
    }

    /// <summary>Waits for all calls that are out.</summary>
    public Task DrainAsync()
    {
        lock (_gate)
        {
            return Task.WhenAll(_running);
        }
    }

    public void Start(Func<CancellationToken, Task> call)
    {
        var task = RunAsync(call);
        lock (_gate)
        {
            if (!task.IsCompleted)
            {
                _running.Add(task);
            }
        }

        _ = task.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public async Task CommitAsync(LaneOutput.Commit commit, CancellationToken ct)
    {
        var number = commit.Batch.Number;
        var job = new EncodeJob(commit.Batch, EncodeMark);
        Volatile.Write(ref _encoding, job);
        var encoded = host.Encoder.Encode(commit.Batch, job);
        if (!job.TryFinish())
        {
            // The watch-dog has given this batch up: the lane is already at another one of the same number.
            return;
        }

        if (encoded.Rows is not { } rows)
        {
            inbox.Complete(new LaneEvent.Unencodable(
                number, [.. encoded.Failures.Select(f => new BadCommit(f.Index, f.IsTooLarge, f.Why))]));
            return;
        }

        if (encoded.Bytes > LaneLimits.BatchBytesMax && commit.Batch.Commits.Length > 1)
        {
            inbox.Complete(new LaneEvent.TooMuch(number, encoded.Bytes));
            return;
        }

        var began = host.Time.GetTimestamp();
        using var span = EngineTraces.Commit(commit.Batch);
        try
        {
            var ticket = new LaneTicket(host.Me, lane, commit.Session, number);
            var result = await host.Store.CommitAsync(ticket, rows, ct).ConfigureAwait(false);
            host.Commits?.Succeeded();
            host.Metrics.Commit(host.Time.GetElapsedTime(began), commit.Batch.Commits.Length, encoded.Bytes, result);
            inbox.Complete(Translate(number, encoded.Bytes, result));
        }
        catch (StoreConnectionException e) when (!e.IsAnotherServer)
        {
            host.Commits?.Failed();
            host.Metrics.CommitFailed();
            inbox.Complete(new LaneEvent.CommitFailed(number, e.IsOutcomeKnown, e.Message));
        }
    }

    public Task TransferAsync(LaneOutput.Transfer transfer, CancellationToken ct)
    {
        var members = host.Membership
            ?? throw new Primitives.InvariantException("a shard is given away only by a node that has membership");
        return EndAsync(
            async () =>
            {
                var ticket = new LaneTicket(host.Me, lane, transfer.Session, transfer.Batch);
                var result = await members.TransferAsync(ticket, transfer.Shard, transfer.To, ct).ConfigureAwait(false);
                return result is CommitResult.Fenced { Why: FenceReason.NotOwner } not
                    ? new LaneEvent.NotTransferred(transfer.Batch, not.Detail)
                    : Translate(transfer.Batch, 0, result);
            },
            e => new LaneEvent.CommitFailed(transfer.Batch, e.IsOutcomeKnown, e.Message));
    }

    public Task ResolveAsync(CancellationToken ct) => EndAsync(
        async () =>
        {
            var probe = await host.Store.ResolveAsync(host.Me, lane, ct).ConfigureAwait(false);
            return new LaneEvent.Resolved(probe.Session, probe.LastBatch, probe.Fenced);
        },
        e => new LaneEvent.ResolveFailed(e.Message));

    public Task ConfirmAsync(LaneOutput.Confirm confirm, CancellationToken ct) => EndAsync(
        async () =>
        {
            var ticket = new LaneTicket(host.Me, lane, confirm.Session, confirm.Batch);
            return new LaneEvent.Confirmed(await host.Store.ConfirmAsync(ticket, ct).ConfigureAwait(false));
        },
        e => new LaneEvent.ConfirmFailed(e.Message));

    public Task FindReceiptAsync(LaneOutput.FindReceipt find, CancellationToken ct) => EndAsync(
        async () =>
        {
            var row = await host.Store.FindReceiptAsync(find.Entity, find.Key.Value, ct).ConfigureAwait(false);
            return new LaneEvent.ReceiptFound(find.Lookup, row is null ? null : Known(row));
        },
        e => new LaneEvent.ReceiptFailed(find.Lookup, e.Message));

    public Task ScanAsync(LaneOutput.ScanMail scan, CancellationToken ct) => EndAsync(
        async () =>
        {
            var found = ImmutableArray.CreateBuilder<FoundMail>();
            await host.Gates.Scans.WaitAsync(ct).ConfigureAwait(false);
            try
            {
                await foreach (var row in host.Store.ScanMailAsync(scan.Shards, scan.DueBefore, scan.After, scan.Max, ct).ConfigureAwait(false))
                {
                    found.Add(Found(row));
                }
            }
            finally
            {
                host.Gates.Scans.Release();
            }

            return new LaneEvent.MailFound(scan.Scan, found.ToImmutable(), found.Count >= scan.Max);
        },
        e => new LaneEvent.ScanFailed(scan.Scan, e.Message));

    // A call ends as its answer, or as the input that says that the store gave none. Another server in its place ends the incarnation (RunAsync).
    private async Task EndAsync(Func<Task<LaneEvent>> call, Func<StoreConnectionException, LaneEvent> failed)
    {
        try
        {
            inbox.Complete(await call().ConfigureAwait(false));
        }
        catch (StoreConnectionException e) when (!e.IsAnotherServer)
        {
            inbox.Complete(failed(e));
        }
    }

    private LaneEvent Translate(long number, int bytes, CommitResult result) => result switch
    {
        CommitResult.Committed => new LaneEvent.Committed(number, bytes),

        // The store looks at the fence and the session first; what is wrong behind them cannot be while the lane is ours (3.4, F1 and F3).
        CommitResult.Fenced fenced => new LaneEvent.Fenced(
            $"{fenced.Why}: {fenced.Detail}", IsImpossible: fenced.Why is FenceReason.BatchNumber or FenceReason.NotOwner),
        CommitResult.Poisoned poison => new LaneEvent.Poisoned(number, $"{poison.Code}: {poison.Why}"),
        CommitResult.Losers lost => new LaneEvent.Lost(
            number,
            lost.GoneMail,
            [.. lost.TakenClaims.Select(c => new TakenClaim(c.Wanted, new ClaimValue(c.Space, c.Value), c.Holder))],
            [.. lost.KnownKeys.Select(Known)]),
        _ => throw Primitives.Invariant.Unreachable($"commit result {result.GetType().Name}"),
    };

    // One receipt that cannot be read is one answer that is not known, not the end of the lane.
    private KnownKey Known(ReceiptRow row)
    {
        try
        {
            return new KnownKey(row.Entity, row.Key, row.Digest, row.Sequence, host.Decoder.Reply(row));
        }
        catch (WireException e)
        {
            return new KnownKey(row.Entity, row.Key, row.Digest, row.Sequence, Done.Instance) { Unreadable = e.Message };
        }
    }

    private FoundMail Found(MailRow row) => new()
    {
        Id = row.Id,
        To = row.To,
        ToShard = row.ToShard,
        DueAt = row.DueAt == DateTimeOffset.MinValue ? null : row.DueAt,
        TimerName = row.TimerName,
        Loads = row.Loads,
        Bytes = row.Body.Length + row.Meta.Length,
        Read = () =>
        {
            var (command, meta) = host.Decoder.Mail(row);
            return new MailContent(command, meta);
        },
    };

    private async Task RunAsync(Func<CancellationToken, Task> call)
    {
        // Off the lane's thread at once: encoding and a store that answers at once must not hold the loop up.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await call(stopped).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopped.IsCancellationRequested)
        {
            // The engine stops; nobody reads the answer any more.
        }
        catch (StoreConnectionException e) when (e.IsAnotherServer)
        {
            host.LaneEnded(new EngineEnd(EngineEndKind.OtherServer, e.Message));
        }
        catch (Exception e)
        {
            // What a store may not throw, a cancellation that nobody asked for among it (engine 3.3: Invariant, the incarnation ends).
            RuntimeLog.StoreBroke(host.Log, e, lane);
            host.LaneEnded(new EngineEnd(EngineEndKind.Broke, $"lane {lane}: {e.GetType().Name}: {e.Message}"));
        }
    }

    private void Forget(Task task)
    {
        lock (_gate)
        {
            _running.Remove(task);
        }
    }
}
