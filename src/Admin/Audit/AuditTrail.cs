using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Admin;

/// <summary>Keeps and shows who ordered what. Thread-safe.</summary>
internal sealed class AuditTrail(IEntities entities, IViews views, IRandomSource random)
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(5);

    /// <summary>Writes a line. Null when it is durable, else why not: what cannot be audited is not done.</summary>
    public async ValueTask<Refusal?> WriteAsync(AuditLine line, Principal caller, CancellationToken ct)
    {
        var options = new AskOptions { Key = CommandKey.Fresh(random), Deadline = s_deadline, Caller = caller };
        var outcome = await entities.AskAsync(AuditKind.AddressOf(line.At), new RecordAudit(line), options, ct).ConfigureAwait(false);
        return outcome is Outcome<Done>.Accepted
            ? null
            : new Refusal(RefusalKind.Unavailable, "AuditUnavailable", "the order could not be written to the audit trail, so it was not carried out", "try again; gantry store show tells how the store is");
    }

    /// <summary>Newest lines first, orders of the admin listener and writes by the API together.</summary>
    public async ValueTask<ImmutableArray<AuditLine>> ListAsync(int max, CancellationToken ct)
    {
        var orders = await views.QueryAsync(
            new ViewQuery<AuditLine>(AuditKind.View) { Limit = max, OrderBy = "at", Descending = true }, ct).ConfigureAwait(false);
        var writes = await views.QueryAsync(
            new ViewQuery<ApiAuditPage>(ApiAuditKind.View) { Limit = max, OrderBy = "at", Descending = true }, ct).ConfigureAwait(false);
        return [.. orders.Items.Select(i => i.Row).Concat(writes.Items.SelectMany(i => i.Row.Lines)).OrderByDescending(l => l.At).Take(max)];
    }
}
