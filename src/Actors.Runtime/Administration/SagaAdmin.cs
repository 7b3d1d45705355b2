using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Actors.Runtime;

/// <summary>Sagas for operators.</summary>
public sealed class SagaAdmin(IEntities entities, IViews views, EngineModel model, IRandomSource random) : ISagaAdmin
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<SagaRow>> ListAsync(string? state, string? name, int max, CancellationToken ct)
    {
        var query = new ViewQuery<SagaRow>(SagaViews.Sagas) { Limit = Math.Clamp(max, 1, ViewQuery<SagaRow>.LimitMax) };
        query = state is null ? query : query.WhereEqual("state", state);
        query = name is null ? query : query.WhereEqual("name", name);
        return [.. (await views.QueryAsync(query, ct).ConfigureAwait(false)).Items.Select(i => i.Row)];
    }

    /// <inheritdoc/>
    public async ValueTask<SagaRow?> ShowAsync(EntityAddress saga, CancellationToken ct) =>
        (await views.GetAsync(SagaViews.Sagas, saga.ToString(), ct).ConfigureAwait(false))?.Row;

    /// <inheritdoc/>
    public ImmutableArray<string> Steps(string name) =>
        model.Kinds.GetValueOrDefault(SagaKind.Prefix + name)?.Runner is ISagaSteps saga ? saga.StepNames : [];

    /// <inheritdoc/>
    public ValueTask<AdminAnswer> RetryAsync(EntityAddress saga, AdminOrder order, CancellationToken ct) =>
        SendAsync(saga, new RetrySaga(), "is tried now", order, ct);

    /// <inheritdoc/>
    public ValueTask<AdminAnswer> SkipAsync(EntityAddress saga, AdminOrder order, CancellationToken ct) =>
        SendAsync(saga, new SkipUndo(), "is taken for undone, and the undo before it goes on", order, ct);

    private async ValueTask<AdminAnswer> SendAsync(
        EntityAddress saga, ICommand<Done> command, string what, AdminOrder order, CancellationToken ct)
    {
        if (await ShowAsync(saga, ct).ConfigureAwait(false) is not { } row)
        {
            return AdminAnswer.Refused(Refusal.NotFound("saga", saga.ToString()));
        }

        var effect = $"{saga}: step {row.Step} ({row.State}, {row.Attempts} tries) {what}";
        if (order.IsDryRun)
        {
            return AdminAnswer.WouldDo(effect);
        }

        var options = new AskOptions { Key = CommandKey.Fresh(random), Deadline = Deadline, Caller = order.Caller };
        return await entities.AskAsync(saga, command, options, ct).ConfigureAwait(false) switch
        {
            Outcome<Done>.Accepted => AdminAnswer.Done(effect),
            Outcome<Done>.Refused refused => AdminAnswer.Refused(refused.Why),
            var other => AdminAnswer.Refused(Refusal.Conflict("SagaUnavailable", $"{saga} gave no answer: {other}", "try again")),
        };
    }
}
