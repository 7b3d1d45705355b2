using System.Text.Json;
using Gantry.Actors.Kernel;
using Gantry.Primitives;

namespace Gantry.Actors.Runtime;

/// <summary>
/// Starts sagas and waits for their end (engine 8.2). It asks how a saga stands after each of the saga's own commits, and every
/// <see cref="LookAgain"/> besides, in case a commit went unheard. Thread-safe.
/// </summary>
public sealed class Sagas : ISagas, IDisposable
{
    /// <summary>Callers that may wait at once; one more is told that there is too much to do. Above what the gateway lets in.</summary>
    public const int WaitsMax = 10_000;

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReadDeadline = TimeSpan.FromSeconds(5);

    private readonly IEntities _entities;
    private readonly EngineModel _model;
    private readonly TimeProvider _time;
    private readonly IRandomSource _random;
    private readonly SagaWaits _waits = new();
    private readonly IDisposable _subscription;

    /// <summary>Makes it, listening to commits.</summary>
    public Sagas(IEntities entities, EngineModel model, CommitListeners commits, TimeProvider time, IRandomSource random)
    {
        _entities = entities;
        _model = model;
        _time = time;
        _random = random;
        _subscription = commits.Subscribe(_waits);
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">No area registered the saga's kind.</exception>
    public async ValueTask<SagaEnd<TData>> RunAsync<TSaga, TData>(
        string key, TData data, AskOptions options, CancellationToken ct)
        where TSaga : ISaga<TData>
        where TData : class
    {
        var saga = SagaKind.AddressOf<TSaga, TData>(key);
        if (_model.Kinds.GetValueOrDefault(saga.Kind)?.Runner is not ISagaRunner<TData> runner)
        {
            throw new InvalidOperationException(
                $"saga {TSaga.Name} is not registered; add SagaKind.Define<{typeof(TSaga).Name}, {typeof(TData).Name}>(…) to the area's kinds");
        }

        if (_waits.Count >= WaitsMax)
        {
            return new SagaEnd<TData>.NotStarted(new Outcome<Done>.Overloaded(RetryTime.Shortest(_random)));
        }

        var began = _time.GetTimestamp();
        var signal = _waits.Add(saga);
        try
        {
            var start = new StartSaga(JsonSerializer.SerializeToElement(data, runner.Data));
            var started = await _entities.AskAsync(saga, start, options, ct).ConfigureAwait(false);
            if (started is Outcome<Done>.Accepted && DryRun.Current is not null)
            {
                // Nothing runs: the steps' own checks are not part of a dry run.
                return new SagaEnd<TData>.Completed(data);
            }

            return started is Outcome<Done>.Accepted
                ? await WaitAsync(saga, runner, signal, began, options, ct).ConfigureAwait(false)
                : new SagaEnd<TData>.NotStarted(started);
        }
        finally
        {
            _waits.Remove(saga, signal);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _subscription.Dispose();

    private async ValueTask<SagaEnd<TData>> WaitAsync<TData>(
        EntityAddress saga, ISagaRunner<TData> runner, SemaphoreSlim signal, long began, AskOptions options, CancellationToken ct)
        where TData : class
    {
        var step = "";
        while (true)
        {
            if (await ReadAsync(saga, options, ct).ConfigureAwait(false) is { } standing)
            {
                if (standing.IsEnded)
                {
                    return EndOf(standing, runner);
                }

                step = standing.Step;
            }

            var left = options.Deadline - _time.GetElapsedTime(began);
            if (left <= TimeSpan.Zero)
            {
                return new SagaEnd<TData>.Running(step);
            }

            await HeardAsync(signal, left < LookAgain ? left : LookAgain, ct).ConfigureAwait(false);
        }
    }

    private static SagaEnd<TData> EndOf<TData>(SagaStanding standing, ISagaRunner<TData> runner) where TData : class
    {
        if (standing is { State: SagaState.Unwound, Why: { } why })
        {
            return new SagaEnd<TData>.Unwound(why);
        }

        return new SagaEnd<TData>.Completed(standing.Data.Deserialize(runner.Data)
            ?? throw new InvariantException("a saga ended with data that is null"));
    }

    private async ValueTask<SagaStanding?> ReadAsync(EntityAddress saga, AskOptions options, CancellationToken ct)
    {
        var outcome = await _entities.AskAsync(
            saga,
            new ReadSaga(),
            new AskOptions { Key = CommandKey.Fresh(_random), Deadline = ReadDeadline, Caller = options.Caller },
            ct).ConfigureAwait(false);
        return (outcome as Outcome<SagaStanding>.Accepted)?.Value;
    }

    /// <summary>Waits for a commit of the saga; several that came meanwhile count as one.</summary>
    private async ValueTask HeardAsync(SemaphoreSlim signal, TimeSpan atMost, CancellationToken ct)
    {
        using var late = new CancellationTokenSource(atMost, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, ct);
        try
        {
            await signal.WaitAsync(either.Token).ConfigureAwait(false);
            while (signal.CurrentCount > 0)
            {
                await signal.WaitAsync(either.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // Nothing heard: look all the same.
        }
    }
}
