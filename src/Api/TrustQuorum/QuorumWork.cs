using System.Buffers.Binary;
using System.Globalization;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Gantry.TrustQuorum;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>A membership change as long work (operator-experience 5): its record is all there is to it, so any node can tell, for ever.</summary>
internal static class QuorumWork
{
    private const string Kind = "quorum.reconfigure";
    private const int Steps = 2;

    /// <summary>The operation's id: the rack's with the epoch laid over its last eight bytes, so that it leads back to both.</summary>
    public static Guid IdOf(RackId rack, long epoch)
    {
        Span<byte> bytes = stackalloc byte[16];
        rack.Value.TryWriteBytes(bytes, bigEndian: true, out _);
        var last = bytes[8..];
        BinaryPrimitives.WriteUInt64BigEndian(last, BinaryPrimitives.ReadUInt64BigEndian(last) ^ (ulong)epoch);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>Names the operation in the answer's header.</summary>
    public static void Name(ApiCall call, TqRecord record) =>
        call.Http.Response.Headers["gantry-operation"] = IdOf(record.Rack, record.Epoch).ToString();

    /// <summary>The change behind an operation's id; null when it is none.</summary>
    public static async ValueTask<LongWork?> FindAsync(ApiCall call, Guid id, CancellationToken ct) =>
        await RecordAsync(call, id, ct).ConfigureAwait(false) is { } record
            ? await OfAsync(call, record, ct).ConfigureAwait(false)
            : null;

    /// <summary>Changes that began after a time, of all racks.</summary>
    public static async ValueTask<List<LongWork>> SinceAsync(ApiCall call, DateTimeOffset since, CancellationToken ct)
    {
        var all = new List<LongWork>();
        foreach (var rack in await call.Views.ListAsync(new ViewQuery<RackRow>(InventoryViews.Racks), ct).ConfigureAwait(false))
        {
            foreach (var record in await call.Quorum().SinceAsync(rack.Row.Id, since, ct).ConfigureAwait(false))
            {
                all.Add(await OfAsync(call, record, ct).ConfigureAwait(false));
            }
        }

        return all;
    }

    /// <summary>Gives the change up; null when the id is none of a change.</summary>
    public static async ValueTask<IResult?> CancelAsync(ApiCall call, Guid id, CancellationToken ct)
    {
        if (await RecordAsync(call, id, ct).ConfigureAwait(false) is not { } record)
        {
            return null;
        }

        var outcome = await call.Quorum().AbortAsync(record.Rack, record.Epoch, call.Ask(), ct).ConfigureAwait(false);
        return await call.AnswerAsync(outcome, async aborted => call.Accepted(
            new LongWorkStarted(await OfAsync(call, aborted, ct).ConfigureAwait(false)), LongWorkJson.Default.LongWorkStarted)).ConfigureAwait(false);
    }

    private static async ValueTask<TqRecord?> RecordAsync(ApiCall call, Guid id, CancellationToken ct)
    {
        foreach (var rack in await call.Views.ListAsync(new ViewQuery<RackRow>(InventoryViews.Racks), ct).ConfigureAwait(false))
        {
            if (EpochOf(rack.Row.Id, id) is { } epoch && await call.Quorum().FindAsync(rack.Row.Id, epoch, ct).ConfigureAwait(false) is var (record, _))
            {
                return record;
            }
        }

        return null;
    }

    private static long? EpochOf(RackId rack, Guid id)
    {
        Span<byte> of = stackalloc byte[16];
        Span<byte> asked = stackalloc byte[16];
        rack.Value.TryWriteBytes(of, bigEndian: true, out _);
        id.TryWriteBytes(asked, bigEndian: true, out _);
        var epoch = BinaryPrimitives.ReadUInt64BigEndian(of[8..]) ^ BinaryPrimitives.ReadUInt64BigEndian(asked[8..]);
        return of[..8].SequenceEqual(asked[..8]) && epoch is > 0 and <= long.MaxValue ? (long)epoch : null;
    }

    /// <summary>How a change stands.</summary>
    public static async ValueTask<LongWork> OfAsync(ApiCall call, TqRecord record, CancellationToken ct)
    {
        var blockers = record.IsActive
            ? QuorumMaps.Blockers(record, await call.Quorum().ReachAsync(record, ct).ConfigureAwait(false))
            : [];
        return new LongWork
        {
            Id = IdOf(record.Rack, record.Epoch),
            Kind = Kind,
            Target = $"rack/{record.Rack}",
            State = record switch
            {
                { IsActive: true } => "running",
                { IsCommitted: true } => "succeeded",
                { CoordinatorError: not null } => "failed",
                _ => "cancelled",
            },
            Step = Step(record),
            StepNumber = record.IsPreparing || record.State == TqStates.Aborted ? 1 : Steps,
            StepsTotal = Steps,
            Blockers = [.. blockers.Select(b => $"{b.Sled}: {b.Condition}")],
            Started = record.TimeCreated,
            Updated = record.TimeAborted ?? record.TimeCommitted ?? record.TimeCommitting ?? record.TimeCreated,
            Cancellable = record.IsPreparing,
            Result = record.IsCommitted ? record.Epoch.ToString(CultureInfo.InvariantCulture) : null,
            Error = record.CoordinatorError?.Message ?? record.AbortReason,
        };
    }

    private static string Step(TqRecord record) => record switch
    {
        { IsPreparing: true } => $"prepare epoch {record.Epoch}: {record.PreparedCount} of {record.AcksNeeded} needed",
        { State: TqStates.Aborted } => $"epoch {record.Epoch} was given up",
        _ => $"commit epoch {record.Epoch}: {record.CommittedCount} of {record.Members.Length} members",
    };
}
