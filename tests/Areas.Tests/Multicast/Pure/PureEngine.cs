using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Multicast;
using Gantry.Primitives;

namespace Gantry.Areas.Tests.Multicast;

/// <summary>
/// The deciders of the area with mail, timers, claims and views, in one thread and virtual time. Whatever can happen next is in
/// <c>Collect</c>; who runs it chooses the order, so that every interleaving has its seed.
/// </summary>
internal sealed class PureEngine(PureTime time, SeededRandomSource dice) : IEntities
{
    private static readonly Principal s_host = new(PrincipalKind.Host, "pure");
    private readonly Dictionary<string, EntityKind> _kinds = MulticastArea.Module.Kinds.ToDictionary(k => k.Name);
    private readonly Dictionary<EntityAddress, (object State, long Revision)> _entities = [];
    private readonly Dictionary<(EntityAddress, string), (DateTimeOffset Due, object Command)> _timers = [];
    private readonly Dictionary<(EntityAddress From, EntityAddress To), Queue<Action>> _mail = [];
    private readonly List<Action> _asks = [];
    private int _commands;

    public PureViews Views { get; } = new();

    public Dictionary<(string Space, string Value), EntityAddress> Claims { get; } = [];

    public IEnumerable<(EntityAddress Entity, string Name)> Timers => _timers.Keys;

    /// <summary>Nudges not taken yet.</summary>
    public HashSet<string> Nudged { get; } = [];

    /// <summary>Chance that an accepted command's answer is lost.</summary>
    public double LostAnswers { get; set; }

    public object StateOf(EntityAddress entity) => _entities[entity].State;

    public IEnumerable<TState> States<TState>() => _entities.Values.Select(e => e.State).OfType<TState>();

    /// <summary>Everything that may happen now, in an order that depends on nothing but the past.</summary>
    public void Collect(List<Action> work)
    {
        work.AddRange(_asks.Select(a => (Action)(() =>
        {
            _asks.Remove(a);
            a();
        })));
        work.AddRange(_mail.Values.Where(q => q.Count > 0).Select(q => (Action)(() => q.Dequeue()())));
        work.AddRange(_timers.Where(t => t.Value.Due <= time.Now).Select(t => (Action)(() =>
        {
            _timers.Remove(t.Key);
            Run(t.Key.Item1, t.Value.Command, expected: null);
        })));
    }

    public DateTimeOffset? NextTimer => _timers.Count == 0 ? null : _timers.Values.Min(t => t.Due);

    public void Post(EntityAddress to, object command) => Mail(new EntityAddress("outside", "world"), to, () => Run(to, command, null));

    public ValueTask<Outcome<TReply>> AskAsync<TReply>(
        EntityAddress to, ICommand<TReply> command, AskOptions options, CancellationToken ct) where TReply : class
    {
        var answered = new TaskCompletionSource<Outcome<TReply>>();
        _asks.Add(() =>
        {
            var reply = Run(to, command, options.ExpectedGeneration);
            var isLost = dice.NextDouble() < LostAnswers;
            answered.SetResult(isLost ? new Outcome<TReply>.Unknown("lost") : reply switch
            {
                Reply.Accepted accepted => new Outcome<TReply>.Accepted((TReply)accepted.Value, 0),
                Reply.Refused refused => new Outcome<TReply>.Refused(refused.Why),
                _ => throw new InvalidOperationException(),
            });
        });
        return new ValueTask<Outcome<TReply>>(answered.Task);
    }

    private Reply Run(EntityAddress self, object command, long? expected)
    {
        var kind = _kinds[self.Kind];
        var (before, revision) = _entities.TryGetValue(self, out var known) ? known : (kind.Runner.Initial, 0);
        if (expected is { } wanted && kind.Runner.GenerationOf(before) != wanted)
        {
            return new Reply.Refused(new Refusal(RefusalKind.GenerationMoved, "GenerationMoved", ""));
        }

        var turn = new Turn(self, revision, time.Now, new CommandKey($"pure-{_commands++}"), s_host);
        var decision = kind.Runner.Decide(before, command, turn);
        var taken = decision.Effects.OfType<Effect.Claim>()
            .Where(c => Claims.TryGetValue((c.Space, c.Value), out var holder) && holder != self)
            .ToList();
        if (taken.Count > 0)
        {
            return new Reply.Refused(new Refusal(RefusalKind.Conflict, MulticastErrors.ClaimTaken, taken[0].Value));
        }

        var state = before;
        foreach (var fact in decision.Events)
        {
            var after = kind.Runner.Apply(state, fact);
            foreach (var op in kind.Runner.Project(self, state, fact, after))
            {
                Views.Do(self, op);
            }

            state = after;
        }

        if (!decision.Events.IsEmpty)
        {
            _entities[self] = (state, revision + decision.Events.Length);
        }

        foreach (var effect in decision.Effects)
        {
            Do(self, effect);
        }

        return decision.Reply;
    }

    private void Do(EntityAddress self, Effect effect)
    {
        switch (effect)
        {
            case Effect.Claim claim:
                Claims[(claim.Space, claim.Value)] = self;
                break;
            case Effect.Release release:
                Claims.Remove((release.Space, release.Value));
                break;
            case Effect.SetTimer timer:
                _timers[(self, timer.Name)] = (time.Now + timer.Due, timer.Command);
                break;
            case Effect.CancelTimer cancel:
                _timers.Remove((self, cancel.Name));
                break;
            case Effect.Nudge nudge:
                Nudged.Add(nudge.Key);
                break;
            case Effect.Post post:
                Mail(self, post.To, () => Deliver(self, post));
                break;
            default:
                throw new InvalidOperationException($"{effect.GetType().Name} is not used by this area");
        }
    }

    private void Deliver(EntityAddress from, Effect.Post post)
    {
        var reply = Run(post.To, post.Command, null);
        if (post.ReplyToken is { } token && _kinds[from.Kind].Runner.WrapReply(token, reply) is { } answer)
        {
            Mail(post.To, from, () => Run(from, answer, null));
        }
    }

    // In send order per pair, like the real mail.
    private void Mail(EntityAddress from, EntityAddress to, Action deliver)
    {
        if (!_mail.TryGetValue((from, to), out var queue))
        {
            _mail.Add((from, to), queue = new Queue<Action>());
        }

        queue.Enqueue(deliver);
        if (_mail.Count > 4096)
        {
            foreach (var idle in _mail.Where(m => m.Value.Count == 0).Select(m => m.Key).ToList())
            {
                _mail.Remove(idle);
            }
        }
    }
}

/// <summary>Views as plain dictionaries.</summary>
internal sealed class PureViews : IViews, IViewSnapshot
{
    private readonly Dictionary<string, SortedDictionary<string, (EntityAddress Entity, object Row)>> _rows = new(StringComparer.Ordinal);

    public void Put<TRow>(ViewSchema<TRow> view, string key, TRow row) where TRow : class =>
        Of(view)[key] = (new EntityAddress("outside", "world"), row);

    public void Do(EntityAddress self, ViewOp op)
    {
        if (op is ViewOp.Upsert upsert)
        {
            Of(op.View)[op.Key] = (self, upsert.Row);
        }
        else
        {
            Of(op.View).Remove(op.Key);
        }
    }

    public ImmutableArray<TRow> All<TRow>(ViewSchema<TRow> view) where TRow : class => [.. Of(view).Values.Select(r => (TRow)r.Row)];

    public TRow? One<TRow>(ViewSchema<TRow> view, string key) where TRow : class =>
        Of(view).TryGetValue(key, out var row) ? (TRow)row.Row : null;

    public ValueTask<ViewPage<TRow>> QueryAsync<TRow>(ViewQuery<TRow> query, CancellationToken ct) where TRow : class
    {
        var rows = Of(query.View);
        var isByKey = query.Where is [{ Column: "key", Kind: ViewTestKind.Equal, Value: string }];
        var candidates = !isByKey ? rows
            : rows.TryGetValue((string)query.Where[0].Value!, out var one) // tested just now
                ? [KeyValuePair.Create((string)query.Where[0].Value!, one)]
                : (IEnumerable<KeyValuePair<string, (EntityAddress Entity, object Row)>>)[];
        var items = candidates
            .Where(r => query.Where.All(t => t.Kind == ViewTestKind.Equal && Equals(Read(query.View, t.Column, r), t.Value)))
            .Select(r => new ViewItem<TRow>(r.Key, r.Value.Entity, 0, (TRow)r.Value.Row));
        if (query.OrderBy is { } order)
        {
            items = query.Descending
                ? items.OrderByDescending(i => ReadColumn(query.View, order, i.Row))
                : items.OrderBy(i => ReadColumn(query.View, order, i.Row));
        }

        return ValueTask.FromResult(new ViewPage<TRow>([.. items], null));
    }

    public ValueTask<IViewSnapshot> SnapshotAsync(CancellationToken ct) => ValueTask.FromResult<IViewSnapshot>(this);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static object? Read(ViewSchema view, string column, KeyValuePair<string, (EntityAddress Entity, object Row)> row) =>
        column == "key" ? row.Key : ReadColumn(view, column, row.Value.Row);

    private static object? ReadColumn(ViewSchema view, string column, object row) => view.Columns.First(c => c.Name == column).Read(row);

    private SortedDictionary<string, (EntityAddress Entity, object Row)> Of(ViewSchema view)
    {
        if (!_rows.TryGetValue(view.Name, out var rows))
        {
            _rows.Add(view.Name, rows = new SortedDictionary<string, (EntityAddress, object)>(StringComparer.Ordinal));
        }

        return rows;
    }
}

/// <summary>A clock that the test moves; timers fire where it is moved.</summary>
internal sealed class PureTime : TimeProvider
{
    private readonly List<PureTimer> _timers = [];

    public DateTimeOffset Now { get; private set; } = new(2026, 8, 19, 10, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public DateTimeOffset? NextTimer => _timers.Count == 0 ? null : _timers.Min(t => t.Due);

    public override DateTimeOffset GetUtcNow() => Now;

    public override long GetTimestamp() => Now.UtcTicks;

    public void MoveTo(DateTimeOffset to)
    {
        Now = to > Now ? to : Now;
        foreach (var due in _timers.Where(t => t.Due <= Now).ToList())
        {
            _timers.Remove(due);
            due.Callback(due.State);
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new PureTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class PureTimer(PureTime time, TimerCallback callback, object? state) : ITimer
    {
        public TimerCallback Callback => callback;

        public object? State => state;

        public DateTimeOffset Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            time._timers.Remove(this);
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                Due = time.Now + dueTime;
                time._timers.Add(this);
            }

            return true;
        }

        public void Dispose() => time._timers.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
