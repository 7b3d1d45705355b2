using System.Collections.Immutable;

namespace Gantry.Actors;

/// <summary>A registered kind of entity: its name, its decider behind <see cref="Runner"/>, and its bounds.</summary>
public sealed record EntityKind
{
    /// <summary>Unless a kind says otherwise, a key is remembered for a day.</summary>
    public static readonly TimeSpan ReceiptsForDefault = TimeSpan.FromHours(24);

    /// <summary>The kind's name in addresses.</summary>
    public required string Name { get; init; }

    /// <summary>The decider.</summary>
    public required IKindRunner Runner { get; init; }

    /// <summary>The state's type, for snapshots; it carries a <see cref="WireAttribute"/>.</summary>
    public required Type StateType { get; init; }

    /// <summary>A snapshot is due after so many events.</summary>
    public int SnapshotEvery { get; init; } = 200;

    /// <summary>
    /// After a snapshot, events older than the last so many go; null keeps all. Only for chatty kinds whose history nobody asks for: their views
    /// can no longer be rebuilt (engine 3.5).
    /// </summary>
    public int? KeepEvents { get; init; }

    /// <summary>Commands that may wait at one entity; more are answered overloaded.</summary>
    public int MailboxLimit { get; init; } = 256;

    /// <summary>An entity without work leaves memory after this time.</summary>
    public TimeSpan IdleAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long receipts are kept (engine 2.4).</summary>
    public TimeSpan ReceiptsFor { get; init; } = ReceiptsForDefault;

    /// <summary>When an entity of the kind that throws is loaded anew, and when it is isolated.</summary>
    public Supervision Supervision { get; init; } = new();

    /// <summary>Registers a kind. Closes the type parameters once.</summary>
    public static EntityKind Define<TDecider, TState, TCommand, TEvent>(
        string name, Action<EntityKindBuilder<TState, TCommand, TEvent>> build)
        where TDecider : IDecider<TState, TCommand, TEvent>
        where TState : class
        where TCommand : class
        where TEvent : class
    {
        var builder = new EntityKindBuilder<TState, TCommand, TEvent>();
        build(builder);
        return new EntityKind
        {
            Name = name,
            Runner = new KindRunner<TDecider, TState, TCommand, TEvent>(name, builder),
            StateType = typeof(TState),
            SnapshotEvery = builder.SnapshotEveryEvents,
            KeepEvents = builder.KeepEvents,
            MailboxLimit = builder.MailboxLimit,
            IdleAfter = builder.Idle,
            ReceiptsFor = builder.Receipts,
            Supervision = builder.Supervision,
        };
    }
}

/// <summary>Collects what a kind declares besides its decider.</summary>
public sealed class EntityKindBuilder<TState, TCommand, TEvent>
    where TState : class
    where TCommand : class
    where TEvent : class
{
    internal Func<EntityAddress, TState, TEvent, TState, ImmutableArray<ViewOp>>? Projection { get; private set; }

    internal Func<string, Reply, TCommand>? Replied { get; private set; }

    internal Dictionary<Type, Func<object, TCommand>> Accepted { get; } = [];

    internal Func<TState, bool>? Ended { get; private set; }

    internal int SnapshotEveryEvents { get; private set; } = 200;

    internal int? KeepEvents { get; private set; }

    internal int MailboxLimit { get; private set; } = 256;

    internal TimeSpan Receipts { get; private set; } = EntityKind.ReceiptsForDefault;

    internal TimeSpan Idle { get; private set; } = TimeSpan.FromMinutes(10);

    internal Supervision Supervision { get; private set; } = new();

    /// <summary>View changes per event: (self, state before, event, state after).</summary>
    public EntityKindBuilder<TState, TCommand, TEvent> View(
        Func<EntityAddress, TState, TEvent, TState, ImmutableArray<ViewOp>> project)
    {
        Projection = project;
        return this;
    }

    /// <summary>Accepts a message of another area (a record of <c>Contracts</c>) as a command of this kind.</summary>
    public EntityKindBuilder<TState, TCommand, TEvent> Accept<TMessage>(Func<TMessage, TCommand> translate)
        where TMessage : class
    {
        Accepted.Add(typeof(TMessage), message => translate((TMessage)message));
        return this;
    }

    /// <summary>The command as which the reply to a post with a token comes back.</summary>
    public EntityKindBuilder<TState, TCommand, TEvent> OnReply(Func<string, Reply, TCommand> replied)
    {
        Replied = replied;
        return this;
    }

    /// <summary>Says when an entity's life is over.</summary>
    public EntityKindBuilder<TState, TCommand, TEvent> EndsWhen(Func<TState, bool> ended)
    {
        Ended = ended;
        return this;
    }

    /// <summary>Events between snapshots.</summary>
    public EntityKindBuilder<TState, TCommand, TEvent> SnapshotEvery(int events)
    {
        SnapshotEveryEvents = events;
        return this;
    }

    /// <summary>Keeps only the last events once a snapshot covers the others; see <see cref="EntityKind.KeepEvents"/>.</summary>
    public EntityKindBuilder<TState, TCommand, TEvent> Trim(int keep)
    {
        KeepEvents = keep > 0 ? keep : throw new ArgumentOutOfRangeException(nameof(keep), keep, "the newest event stays: it tells how old a snapshot is");
        return this;
    }

    /// <summary>Commands that may wait at one entity.</summary>
    public EntityKindBuilder<TState, TCommand, TEvent> Mailbox(int limit)
    {
        MailboxLimit = limit;
        return this;
    }

    /// <summary>Its own bounds of supervision.</summary>
    public EntityKindBuilder<TState, TCommand, TEvent> Supervise(Supervision supervision)
    {
        Supervision = supervision;
        return this;
    }

    /// <summary>How long a command sent again with its key is answered from its receipt.</summary>
    public EntityKindBuilder<TState, TCommand, TEvent> ReceiptsFor(TimeSpan time)
    {
        Receipts = time;
        return this;
    }

    /// <summary>Time without work after which an entity leaves memory.</summary>
    public EntityKindBuilder<TState, TCommand, TEvent> IdleAfter(TimeSpan idle)
    {
        Idle = idle;
        return this;
    }
}
