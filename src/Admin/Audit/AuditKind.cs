using System.Text.Json.Serialization;
using Gantry.Actors;

namespace Gantry.Admin;

/// <summary>The audit of one day is an entity: its journal is the trail, the view is what <c>audit list</c> shows.</summary>
internal static class AuditKind
{
    public const string Name = "admin-audit";

    public static readonly ViewSchema<AuditLine> View = new(
        "admin_audit", AuditJson.Default.AuditLine, ViewColumn<AuditLine>.Text("at", l => AuditDay.Text(l.At)));

    public static AreaModule Module { get; } = new()
    {
        Name = "admin",
        Kinds =
        [
            EntityKind.Define<AuditDecider, AuditState, RecordAudit, AuditRecorded>(Name, k => k
                .View((_, _, fact, _) => [View.Upsert(fact.Line.Request, fact.Line)])
                .SnapshotEvery(1_000)),
            ApiAuditKind.Kind,
        ],
        Views = [View, ApiAuditKind.View],
        Wire = [WireSet.Of(AuditJson.Default, typeof(AuditKind).Assembly)],
    };

    /// <summary>The entity of a day.</summary>
    public static EntityAddress AddressOf(DateTimeOffset at) => AuditDay.Of(Name, at);
}

/// <summary>Lines so far.</summary>
[Wire("admin-audit.state")]
internal sealed record AuditState(long Count);

/// <summary>Writes a line; one of the same request takes its place in the list, and both stay in the journal.</summary>
[Wire("admin-audit.record")]
internal sealed record RecordAudit(AuditLine Line) : ICommand<Done>;

/// <summary>A line was written.</summary>
[Wire("admin-audit.recorded")]
internal sealed record AuditRecorded(AuditLine Line);

/// <summary>Takes every line.</summary>
internal sealed class AuditDecider : IDecider<AuditState, RecordAudit, AuditRecorded>
{
    public static AuditState Initial { get; } = new(0);

    public static Decision<AuditRecorded> Decide(AuditState state, RecordAudit command, in Turn turn) =>
        Decision.Accept<AuditRecorded>(null, [new AuditRecorded(command.Line)]);

    public static AuditState Apply(AuditState state, AuditRecorded fact) => new(state.Count + 1);
}

/// <summary>Writes the records of the trail.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AuditState))]
[JsonSerializable(typeof(AuditRecorded))]
[JsonSerializable(typeof(AuditLine))]
[JsonSerializable(typeof(RecordAudit))]
[JsonSerializable(typeof(ApiAuditState))]
[JsonSerializable(typeof(ApiAuditPage))]
[JsonSerializable(typeof(ApiAuditCommand.Record), TypeInfoPropertyName = "ApiAuditRecord")]
[JsonSerializable(typeof(ApiAuditCommand.Expire), TypeInfoPropertyName = "ApiAuditExpire")]
[JsonSerializable(typeof(ApiAuditEvent.Recorded), TypeInfoPropertyName = "ApiAuditRecorded")]
[JsonSerializable(typeof(ApiAuditEvent.Expired), TypeInfoPropertyName = "ApiAuditExpired")]
internal sealed partial class AuditJson : JsonSerializerContext;
