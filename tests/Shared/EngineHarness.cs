using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Actors.Runtime;
using Gantry.Actors.Storage;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gantry.Tests;

/// <summary>
/// A real engine over a <see cref="MemoryStore"/> with the areas under test: ask, read views, wait for quiet. Link the file
/// and reference <c>Actors.Runtime</c>.
/// </summary>
internal sealed class EngineHarness : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<IActivity> _activities;
    private readonly bool _ownsStore;
    private int _keys;

    private EngineHarness(EngineModel model, IActorStore? store, TimeProvider time, int lanes, IEnumerable<IActivity> activities, string? turnsFile, ILoggerFactory? logs)
    {
        Model = model;
        _ownsStore = store is null;
        Store = store ?? new MemoryStore(SystemRandomSource.Instance);
        _activities = [.. activities];
        Nudges = new NudgeLog();
        Commits.Subscribe(Nudges);
        Engine = new ActorEngine(new ActorEngineParts
        {
            Store = Store,
            Model = model,
            Options = new ActorEngineOptions { Lanes = lanes, StopPatience = TimeSpan.FromMilliseconds(500), TurnsFile = turnsFile },
            Activities = () => _activities,
            Listener = Commits,
            Time = time,
            Random = SystemRandomSource.Instance,
            Logs = logs ?? NullLoggerFactory.Instance,
        });
    }

    public EngineModel Model { get; }

    public IActorStore Store { get; }

    public ActorEngine Engine { get; }

    public IEntities Entities => Engine.Entities;

    public IViews Views => Engine.Views;

    public CommitListeners Commits { get; } = new();

    /// <summary>Nudges heard so far.</summary>
    public NudgeLog Nudges { get; }

    /// <summary>Starts an engine with the given areas.</summary>
    public static Task<EngineHarness> StartAsync(params AreaModule[] modules) => StartAsync(modules, null);

    /// <summary>Starts an engine with the given areas; a store given here is kept when the harness goes.</summary>
    public static async Task<EngineHarness> StartAsync(
        IEnumerable<AreaModule> modules,
        IActorStore? store,
        TimeProvider? time = null,
        int lanes = 1,
        IEnumerable<IActivity>? activities = null,
        string? turnsFile = null,
        ILoggerFactory? logs = null)
    {
        var harness = new EngineHarness(new EngineModel(modules), store, time ?? TimeProvider.System, lanes, activities ?? [], turnsFile, logs);
        await harness.Engine.StartAsync(CancellationToken.None);
        return harness;
    }

    /// <summary>Adds an activity that needs the engine itself; call it right after the start.</summary>
    public void AddActivity(IActivity activity)
    {
        _activities.Add(activity);
        Engine.ReplaceActivities(_activities);
    }

    /// <summary>Asks with a fresh key, ten seconds and a host principal, unless told otherwise.</summary>
    public async Task<Outcome<TReply>> AskAsync<TReply>(
        EntityAddress to,
        ICommand<TReply> command,
        string? key = null,
        Principal? caller = null,
        string? digest = null,
        long? expectedGeneration = null,
        TimeSpan? deadline = null)
        where TReply : class =>
        await Entities.AskAsync(
            to,
            command,
            new AskOptions
            {
                Key = key is null ? new CommandKey($"once:harness-{Interlocked.Increment(ref _keys)}-{SystemRandomSource.Instance.NewGuid():N}") : new CommandKey(key),
                Deadline = deadline ?? Patience,
                Caller = caller ?? new Principal(PrincipalKind.Host, "test"),
                Digest = digest,
                ExpectedGeneration = expectedGeneration,
            },
            CancellationToken.None);

    /// <summary>Asks and returns the accepted reply; anything else fails the test with what came instead.</summary>
    public async Task<TReply> MustAsync<TReply>(EntityAddress to, ICommand<TReply> command, string? key = null) where TReply : class =>
        await AskAsync(to, command, key) switch
        {
            Outcome<TReply>.Accepted accepted => accepted.Value,
            Outcome<TReply>.Refused refused => throw new InvalidOperationException($"{to} refused {command}: {refused.Why}"),
            var other => throw new InvalidOperationException($"{to} did not accept {command}: {other}"),
        };

    /// <summary>Asks and returns the refusal; anything else fails the test.</summary>
    public async Task<Refusal> RefusedAsync<TReply>(EntityAddress to, ICommand<TReply> command, string? key = null) where TReply : class =>
        await AskAsync(to, command, key) is Outcome<TReply>.Refused refused
            ? refused.Why
            : throw new InvalidOperationException($"{to} did not refuse {command}");

    /// <summary>All rows of a view.</summary>
    public async Task<ImmutableArray<ViewItem<TRow>>> RowsAsync<TRow>(ViewSchema<TRow> view) where TRow : class =>
        await Views.ListAsync(new ViewQuery<TRow>(view), CancellationToken.None);

    /// <summary>One row of a view, or null.</summary>
    public async Task<TRow?> RowAsync<TRow>(ViewSchema<TRow> view, string key) where TRow : class =>
        (await Views.GetAsync(view, key, CancellationToken.None))?.Row;

    /// <summary>Waits until no command, message or activity is in hand. Timers that are not due do not count.</summary>
    public Task QuietAsync() => Eventually.HoldsAsync(() => Engine.IsQuiet, Patience, () => $"engine {Engine.State}");

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        if (_ownsStore)
        {
            await Store.DisposeAsync();
        }
    }
}

/// <summary>Remembers nudges and commits.</summary>
internal sealed class NudgeLog : ICommitListener
{
    private ImmutableList<(string Reconciler, string Key)> _nudges = [];

    public ImmutableList<(string Reconciler, string Key)> All => Volatile.Read(ref _nudges);

    public void Committed(IReadOnlyList<EntityAddress> entities)
    {
        // Only nudges are asked for in tests.
    }

    public void Nudged(string reconciler, string key) =>
        ImmutableInterlocked.Update(ref _nudges, static (all, one) => all.Add(one), (reconciler, key));
}
