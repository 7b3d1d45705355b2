using System.Collections.Immutable;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>
/// The turns of a node: one input at a time, and what it changed is durable before anything of it leaves (tq 4.1 rule 2). A node that cannot
/// save stops for good. Thread-safe.
/// </summary>
internal sealed class NodeTurns(TqNode node, ITqStore store, INodeTurnsOwner owner) : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private int _waiting;

    /// <summary>Why the node stopped; null while it works.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>A turn for a call from outside; one more than may wait is <see cref="TqErrorCode.Busy"/>.</summary>
    public async Task<T> CallAsync<T>(Func<TqNode, T> call, Func<TqError, T> refuse, CancellationToken ct)
    {
        if (Interlocked.Increment(ref _waiting) > TqNodeHostOptions.ApiQueueMax)
        {
            Interlocked.Decrement(ref _waiting);
            return refuse(TqError.Busy);
        }

        try
        {
            return await RunAsync(call, refuse, ct).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>One turn: input, save, send.</summary>
    public async Task<T> RunAsync<T>(Func<TqNode, T> input, Func<TqError, T> refuse, CancellationToken ct)
    {
        await _gate.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            if (Failure is not null)
            {
                return refuse(TqError.Stopped);
            }

            var before = node.State.LatestCommit;
            T result;
            try
            {
                result = input(node);
                if (node.Unsaved is { } unsaved)
                {
                    store.Save(unsaved);
                    node.Saved();
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // Whatever it was, the node in memory may be ahead of its drive now: nothing of it may leave any more.
                Failure = e;
                owner.Stopped(e);
                return refuse(TqError.Stopped);
            }

            owner.Send(node.TakeMessages());
            if (node.State.LatestCommit is { } latest && latest != before)
            {
                owner.Committed(latest);
            }

            return result;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Between two turns, also of a node that stopped.</summary>
    public async Task BetweenAsync(Action act)
    {
        await _gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            act();
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Waits for the last turn; every later one is refused.</summary>
    public async ValueTask DisposeAsync() => await BetweenAsync(() =>
    {
        Failure ??= new ObjectDisposedException(nameof(TqNodeHost));
        node.Dispose();
        node.State.Forget();
    }).ConfigureAwait(false);
}

/// <summary>Who hears of turns, always within one.</summary>
internal interface INodeTurnsOwner
{
    /// <summary>What the turn has to say to peers; durable by now.</summary>
    void Send(ImmutableArray<TqEnvelope> messages);

    /// <summary>The latest committed epoch changed.</summary>
    void Committed(ulong epoch);

    /// <summary>There will be no further turn.</summary>
    void Stopped(Exception why);
}
