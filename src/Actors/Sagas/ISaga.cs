using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Actors;

/// <summary>
/// A fixed list of steps with undo, run by an entity of kind <c>saga.&lt;name&gt;</c> (engine 8.2). Somebody usually waits for its end.
/// </summary>
public interface ISaga<TData> where TData : class
{
    /// <summary>Lower case with dashes, for example <c>instance-start</c>.</summary>
    static abstract string Name { get; }

    /// <summary>The steps in order. At most <see cref="SagaLimits.StepsMax"/>.</summary>
    static abstract ImmutableArray<SagaStep<TData>> Steps { get; }

    /// <summary>
    /// The version of <see cref="Steps"/>, from 1. A change of the list is a new version, because a running saga finishes on the one it
    /// began (engine 8.2 rule 5).
    /// </summary>
    static virtual int Version => 1;

    /// <summary>
    /// What a saga of these data is about, as <c>kind/id</c>, for those who look at it; null: its key says enough. Pure, and never another one
    /// for the same saga.
    /// </summary>
    static virtual Func<TData, string>? SubjectOf => null;

    /// <summary>The steps of an earlier version, as long as sagas of it may still run; default when there is no such version.</summary>
    static virtual ImmutableArray<SagaStep<TData>> EarlierSteps(int version) => default;

    /// <summary>
    /// Mail in the commit by which the saga ends unwound, for whoever must hear why; nobody answers it. Null: nobody.
    /// </summary>
    static virtual Effect.Post? OnUnwound(TData data, Refusal why) => null;
}

/// <summary>One step.</summary>
public sealed record SagaStep<TData> where TData : class
{
    /// <summary>Shown to operators, and part of the token: lower case letters, digits and dashes, unique in the saga.</summary>
    public required string Name { get; init; }

    /// <summary>A <see cref="Effect.Post"/> or an <see cref="Effect.Activity"/>; its token is set by the saga.</summary>
    public required Func<TData, Effect> Do { get; init; }

    /// <summary>
    /// Reads the reply. Failure only when the step is <em>known</em> to have changed nothing; anything uncertain is a retry.
    /// </summary>
    public required Func<TData, Reply, StepEnd<TData>> OnReply { get; init; }

    /// <summary>Takes the step back; answers accepted when there is nothing to take back. Null: nothing to undo.</summary>
    public Func<TData, Effect>? Undo { get; init; }

    /// <summary>
    /// Whether the step is wanted for these data; null means always. A step that is not wanted is neither done nor undone and costs no mail. The
    /// answer must not change once the saga is past the step. Never on the first step.
    /// </summary>
    public Func<TData, bool>? When { get; init; }

    /// <summary>When a step that is still out becomes visibly slow; also the deadline of an activity.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>How a step ended.</summary>
public abstract record StepEnd<TData> where TData : class
{
    private StepEnd()
    {
    }

    /// <summary>Go on with new data.</summary>
    public sealed record Next(TData Data) : StepEnd<TData>;

    /// <summary>Do it again with the same token, after a back-off.</summary>
    public sealed record Retry(string Reason) : StepEnd<TData>;

    /// <summary>Undo the steps before this one and end with the refusal.</summary>
    public sealed record Fail(Refusal Why) : StepEnd<TData>;
}

/// <summary>I/O done for a saga or an entity: at least once, with the token as idempotency key.</summary>
public interface IActivity
{
    /// <summary>The name used in <see cref="Effect.Activity"/>.</summary>
    string Name { get; }

    /// <summary>
    /// Runs it. Reply accepted (a record with a wire tag) or refused; a throw means "not known", and it is run again with back-off.
    /// </summary>
    ValueTask<Reply> RunAsync(string token, object input, CancellationToken ct);
}

/// <summary>Starts sagas and waits for their end.</summary>
public interface ISagas
{
    /// <summary>
    /// Starts saga <typeparamref name="TSaga"/> under a key (the same key again reaches the same saga) and waits, at the longest until
    /// the deadline.
    /// </summary>
    ValueTask<SagaEnd<TData>> RunAsync<TSaga, TData>(string key, TData data, AskOptions options, CancellationToken ct)
        where TSaga : ISaga<TData>
        where TData : class;
}

/// <summary>How a saga stands when the waiting ends.</summary>
public abstract record SagaEnd<TData> where TData : class
{
    private SagaEnd()
    {
    }

    /// <summary>All steps done.</summary>
    public sealed record Completed(TData Data) : SagaEnd<TData>;

    /// <summary>A step failed and everything before it was undone.</summary>
    public sealed record Unwound(Refusal Why) : SagaEnd<TData>;

    /// <summary>Still going (forwards or backwards): it goes on without the caller.</summary>
    public sealed record Running(string Step) : SagaEnd<TData>;

    /// <summary>It could not be started.</summary>
    public sealed record NotStarted(Outcome<Done> Why) : SagaEnd<TData>;
}
