using System.Collections.Immutable;
using Gantry.Actors.Kernel;
using Gantry.Actors.Storage;
using Gantry.Primitives;

namespace Gantry.Actors.Simulation;

/// <summary>Rows and results of the store as inputs of a lane.</summary>
internal static class StoreAnswers
{
    public static string Name(CommitResult result) => result switch
    {
        CommitResult.Committed => "committed",
        CommitResult.Fenced fenced => $"fenced: {fenced.Why}",
        CommitResult.Losers lost => $"losers: {lost.GoneMail.Length} mail, {lost.TakenClaims.Length} claims, {lost.KnownKeys.Length} keys",
        CommitResult.Poisoned poisoned => $"poisoned: {poisoned.Why}",
        _ => throw Invariant.Unreachable(result.GetType().Name),
    };

    public static LaneEvent Of(long batch, int bytes, CommitResult result, RowDecoder decoder) => result switch
    {
        CommitResult.Committed => new LaneEvent.Committed(batch, bytes),
        CommitResult.Fenced fenced => new LaneEvent.Fenced(
            fenced.Detail, IsImpossible: fenced.Why is FenceReason.BatchNumber or FenceReason.NotOwner),
        CommitResult.Poisoned poisoned => new LaneEvent.Poisoned(batch, poisoned.Why),
        CommitResult.Losers lost => new LaneEvent.Lost(
            batch,
            lost.GoneMail,
            [.. lost.TakenClaims.Select(c => new TakenClaim(c.Wanted, new ClaimValue(c.Space, c.Value), c.Holder))],
            [.. lost.KnownKeys.Select(k => Known(k, decoder))]),
        _ => throw Invariant.Unreachable(result.GetType().Name),
    };

    public static KnownKey Known(ReceiptRow row, RowDecoder decoder) =>
        new(row.Entity, row.Key, row.Digest, row.Sequence, decoder.Reply(row));

    public static ImmutableArray<FoundMail> Mail(IEnumerable<MailRow> rows, RowDecoder decoder) =>
        [.. rows.Select(row => new FoundMail
        {
            Id = row.Id,
            To = row.To,
            ToShard = row.ToShard,
            DueAt = row.DueAt == DateTimeOffset.MinValue ? null : row.DueAt,
            TimerName = row.TimerName,
            Loads = row.Loads,
            Read = () =>
            {
                var (command, meta) = decoder.Mail(row);
                return new MailContent(command, meta);
            },
        })];

    public static LoadedEntity Loaded(EntityStamp stamp, EntityImage image, RowDecoder decoder)
    {
        var folded = decoder.Fold(image);
        return new LoadedEntity(stamp, folded.State, folded.Revision, folded.SnapshotAt);
    }
}
