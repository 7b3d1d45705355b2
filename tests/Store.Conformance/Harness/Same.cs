using Gantry.Actors.Storage;

namespace Gantry.Store.Conformance;

/// <summary>Rows as text, bytes included: records compare byte arrays by reference.</summary>
internal static class Same
{
    public static string Text(EventRow e) => string.Join(
        '|', e.Entity, e.Sequence, e.Shard, e.Position, e.Epoch, e.Tag, e.Version, e.At.UtcTicks, e.Cause, e.Caller, e.Trace ?? "-",
        Convert.ToHexString(e.Body));

    public static string Text(ReceiptRow? r) => r is null
        ? "none"
        : string.Join(
            '|', r.Entity, r.Key, r.Digest ?? "-", r.Sequence, r.At.UtcTicks, r.Tag, r.Version, Convert.ToHexString(r.Reply));

    public static string Text(MailRow m) => string.Join(
        '|', m.Id, m.ToShard, m.To, m.DueAt.UtcTicks, m.TimerName ?? "-", m.Tag, m.Version, Convert.ToHexString(m.Meta), m.Loads,
        Convert.ToHexString(m.Body));

    public static string Text(ViewRow v) => string.Join(
        '|', v.Key, v.Entity, v.Revision, v.Order is null ? "null" : $"{v.Order.GetType().Name}:{v.Order}", Convert.ToHexString(v.Document));

    public static string Text(EntityImage i) =>
        $"{i.Entity} {(i.Snapshot is { } s ? $"{s.Entity}|{s.Sequence}|{s.Tag}|{s.StateVersion}|{Convert.ToHexString(s.Body)}" : "-")} "
        + string.Join(' ', i.Events.Select(Text));

    public static string Text(CommitResult result) => result switch
    {
        CommitResult.Fenced fenced => $"fenced {fenced.Why}",
        CommitResult.Poisoned => "poisoned",
        CommitResult.Losers l => string.Join(
            ' ',
            l.GoneMail.Select(m => m.ToString())
                .Concat(l.TakenClaims.Select(c => c.ToString()))
                .Concat(l.KnownKeys.Select(Text))
                .Order(StringComparer.Ordinal)),
        _ => "committed",
    };
}
