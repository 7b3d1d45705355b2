using System.Collections.Immutable;
using System.Globalization;
using Gantry.Actors;

namespace Gantry.Admin;

/// <summary>
/// The writes that came over the API on one day, in batches: a batch is one event and one row, so that the trail costs a busy gateway little.
/// Apart from the orders of the admin listener, which are written before they are carried out and must not wait behind these.
/// </summary>
internal static class ApiAuditKind
{
    public const string Name = "api-audit";

    public static readonly ViewSchema<ApiAuditPage> View = new(
        "api_audit", AuditJson.Default.ApiAuditPage, ViewColumn<ApiAuditPage>.Text("at", p => AuditDay.Text(p.At)));

    public static EntityKind Kind { get; } = EntityKind.Define<ApiAuditDecider, ApiAuditState, ApiAuditCommand, ApiAuditEvent>(Name, k => k
        .View(Rows)
        .EndsWhen(s => s.IsOver)
        .SnapshotEvery(1_000));

    /// <summary>The entity of a day.</summary>
    public static EntityAddress AddressOf(DateTimeOffset at) => AuditDay.Of(Name, at);

    private static ImmutableArray<ViewOp> Rows(EntityAddress self, ApiAuditState before, ApiAuditEvent fact, ApiAuditState after) => fact switch
    {
        ApiAuditEvent.Recorded { Lines: var lines } => [View.Upsert(RowOf(self, before.Count), new ApiAuditPage(lines[^1].At, lines))],
        ApiAuditEvent.Expired => [.. Enumerable.Range(0, (int)(after.Gone - before.Gone)).Select(n => View.Delete(RowOf(self, before.Gone + n)))],
        _ => [],
    };

    private static string RowOf(EntityAddress self, long number) => string.Create(CultureInfo.InvariantCulture, $"{self.Key}.{number}");
}

/// <summary>A batch as lists show it.</summary>
/// <param name="At">Of its last line.</param>
/// <param name="Lines">Oldest first.</param>
internal sealed record ApiAuditPage(DateTimeOffset At, ImmutableArray<AuditLine> Lines);

/// <summary>Batches so far, and how many of them left the list again.</summary>
[Wire("api-audit.state")]
internal sealed record ApiAuditState(long Count, long Gone, bool IsOver);

/// <summary>What the audit of a day is told.</summary>
internal abstract record ApiAuditCommand
{
    private ApiAuditCommand()
    {
    }

    /// <summary>Lines of one node, oldest first.</summary>
    [Wire("api-audit.record")]
    internal sealed record Record(ImmutableArray<AuditLine> Lines) : ApiAuditCommand, ICommand<Done>;

    /// <summary>The time of the day's lines is over.</summary>
    [Wire("api-audit.expire")]
    internal sealed record Expire : ApiAuditCommand;
}

/// <summary>What became of the audit of a day.</summary>
internal abstract record ApiAuditEvent
{
    private ApiAuditEvent()
    {
    }

    /// <summary>Lines were written.</summary>
    [Wire("api-audit.recorded")]
    internal sealed record Recorded(ImmutableArray<AuditLine> Lines) : ApiAuditEvent;

    /// <summary>The oldest batches left the list.</summary>
    [Wire("api-audit.expired")]
    internal sealed record Expired(long Count) : ApiAuditEvent;
}

/// <summary>Takes lines for a day, and lets go of them when their time is over.</summary>
internal sealed class ApiAuditDecider : IDecider<ApiAuditState, ApiAuditCommand, ApiAuditEvent>
{
    private const string Timer = "expire";

    public static ApiAuditState Initial { get; } = new(0, 0, IsOver: false);

    public static Decision<ApiAuditEvent> Decide(ApiAuditState state, ApiAuditCommand command, in Turn turn) => command switch
    {
        ApiAuditCommand.Record { Lines.IsEmpty: true } => Decision.Unchanged<ApiAuditEvent>(),
        ApiAuditCommand.Record { Lines: var lines } => Decision.Accept<ApiAuditEvent>(
            null, [new ApiAuditEvent.Recorded(lines)], state.Count == 0 ? [Expiry(AuditLimits.Kept)] : []),
        _ when state.IsOver => Decision.Unchanged<ApiAuditEvent>(),
        _ => Expire(state),
    };

    public static ApiAuditState Apply(ApiAuditState state, ApiAuditEvent fact) => fact switch
    {
        ApiAuditEvent.Recorded => state with { Count = state.Count + 1 },
        ApiAuditEvent.Expired { Count: var count } => state with { Gone = state.Gone + count, IsOver = state.Gone + count >= state.Count },
        _ => state,
    };

    // Some at a time: a busy day has more rows than one commit should take away.
    private static Decision<ApiAuditEvent> Expire(ApiAuditState state)
    {
        var count = Math.Min(AuditLimits.ExpiredAtOnce, state.Count - state.Gone);
        var isLast = state.Gone + count >= state.Count;
        return Decision.Accept<ApiAuditEvent>(null, [new ApiAuditEvent.Expired(count)], isLast ? [] : [Expiry(AuditLimits.ExpiryPause)]);
    }

    private static Effect.SetTimer Expiry(TimeSpan due) => new(Timer, due, new ApiAuditCommand.Expire());
}
