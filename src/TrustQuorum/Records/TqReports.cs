using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.TrustQuorum;

/// <summary>Judges what the driver saw at coordinator and members (trust-quorum 5.5, 5.6). Pure. A rejected report changes nothing.</summary>
internal static class TqReports
{
    // T6: digests, secrets, acknowledgements and the step to committing are one decision.
    public static Decision<TqEvent> Prepare(TqState state, RecordPrepare report, in Turn turn)
    {
        if (Stale(state, report.Epoch, "a prepare status", r => r.IsPreparing, out var record) is { } stale)
        {
            return Decision.Refuse<TqEvent>(stale);
        }

        if (WhyWrong(record, report) is { } why)
        {
            return Decision.Refuse<TqEvent>(TrustQuorumErrors.WrongReport(record.Epoch, why));
        }

        var events = ImmutableArray.CreateBuilder<TqEvent>();
        var fresh = report.Config.Members.Where(d => record.Find(d.Sled)?.ShareDigest is null).OrderBy(d => d.Sled).ToImmutableArray();
        if (!fresh.IsEmpty)
        {
            events.Add(new DigestsLearned(record.Epoch, fresh));
        }

        if (record.EncryptedRackSecrets is null && report.Config.EncryptedRackSecrets is { } secrets)
        {
            events.Add(new SecretsLearned(record.Epoch, secrets));
        }

        var acked = report.Acked.Where(a => record.Find(a)?.State == TqMemberStates.Unacked).Distinct().Order().ToImmutableArray();
        if (!acked.IsEmpty)
        {
            events.Add(new MembersPrepared(record.Epoch, acked, turn.Now));
        }

        var isDecided = record.PreparedCount + acked.Length >= record.AcksNeeded;
        if (isDecided)
        {
            events.Add(new CommittingStarted(record.Epoch, turn.Now));
        }

        var reply = new RecordedReply(isDecided ? TqStates.Committing : record.State);
        return events.Count == 0 ? Decision.Unchanged<TqEvent>(reply) : Decision.Accept(reply, events.ToImmutable());
    }

    // T7.
    public static Decision<TqEvent> Commit(TqState state, RecordCommit report, in Turn turn)
    {
        if (Stale(state, report.Epoch, "a commit status", r => r.State == TqStates.Committing, out var record) is { } stale)
        {
            return Decision.Refuse<TqEvent>(stale);
        }

        foreach (var acked in report.Acked)
        {
            if (record.Find(acked)?.ShareDigest is null)
            {
                return Decision.Refuse<TqEvent>(TrustQuorumErrors.WrongReport(
                    record.Epoch, record.Find(acked) is null ? $"{acked} is no member" : $"{acked} has no share digest yet"));
            }
        }

        // A repeat keeps the first time (H9).
        var fresh = report.Acked.Where(a => record.Find(a)!.State != TqMemberStates.Committed).Distinct().Order().ToImmutableArray(); // found above
        if (fresh.IsEmpty)
        {
            return Decision.Unchanged<TqEvent>(new RecordedReply(record.State));
        }

        var isComplete = record.CommittedCount + fresh.Length == record.Members.Length;
        var committed = new MembersCommitted(record.Epoch, fresh, turn.Now);
        return Decision.Accept<TqEvent>(
            new RecordedReply(isComplete ? TqStates.Committed : record.State),
            isComplete ? [committed, new ConfigCommitted(record.Epoch, turn.Now)] : [committed]);
    }

    private static Refusal? Stale(TqState state, long epoch, string what, Func<TqRecord, bool> isOpen, out TqRecord record)
    {
        record = state.Latest!; // null only together with a refusal
        if (state.Latest is not { } latest)
        {
            return TrustQuorumErrors.Stale(epoch, "not there", what);
        }

        return latest.Epoch != epoch
            ? TrustQuorumErrors.NotLatest(epoch, latest.Epoch)
            : isOpen(latest) ? null : TrustQuorumErrors.Stale(epoch, latest.State, what);
    }

    // H10, and what would make a member hold something else than the record says.
    private static string? WhyWrong(TqRecord record, RecordPrepare report)
    {
        var config = report.Config;
        if (config.Rack != record.Rack)
        {
            return $"the coordinator holds a configuration of rack {config.Rack}";
        }

        if (config.Epoch != record.Epoch)
        {
            return $"the coordinator works on epoch {config.Epoch}";
        }

        if (config.Threshold != record.Threshold)
        {
            return $"the coordinator's threshold is {config.Threshold}, the record's {record.Threshold}";
        }

        if (config.Coordinator != record.Coordinator)
        {
            return $"the configuration names {config.Coordinator} as coordinator, the record {record.Coordinator}";
        }

        if (!config.Members.Select(m => m.Sled).Order().SequenceEqual(record.Members.Select(m => m.Id)))
        {
            return "the coordinator's members are not the record's";
        }

        if (config.Members.FirstOrDefault(m => !IsDigest(m.ShareDigest)) is { } bad)
        {
            return $"the digest of {bad.Sled} is not 64 lower-case hex digits";
        }

        if (config.Members.FirstOrDefault(m => record.Find(m.Sled)!.ShareDigest is { } known && known != m.ShareDigest) is { } moved) // same members: found
        {
            return $"the share digest of {moved.Sled} is another one than before: the coordinator started over";
        }

        if (report.Acked.FirstOrDefault(a => record.Find(a) is null) is { } stranger)
        {
            return $"{stranger} acknowledged and is no member";
        }

        return WhySecretsWrong(record, config.EncryptedRackSecrets, report.Acked.Length > 0);
    }

    private static string? WhySecretsWrong(TqRecord record, TqSealedSecrets? told, bool hasAcks)
    {
        if (told is null)
        {
            // An acknowledged configuration without its prior secrets would be stored damaged by whoever commits it (H2).
            var needs = record.LastCommittedEpoch is not null || record.State == TqStates.PreparingLrtqUpgrade;
            return hasAcks && needs && record.EncryptedRackSecrets is null ? "there are acknowledgements and no sealed prior secrets" : null;
        }

        if (record.EncryptedRackSecrets is { } known && known != told)
        {
            return "the sealed prior secrets are others than before: the coordinator started over";
        }

        if (told.Salt.Length != TrustQuorumLimits.SaltHexLength || !told.Salt.All(char.IsAsciiHexDigitLower))
        {
            return "the salt of the sealed prior secrets is not 64 lower-case hex digits";
        }

        var bytes = told.Data.Length / 2;
        return told.Data.Length % 2 != 0 || !told.Data.All(char.IsAsciiHexDigitLower)
                || bytes is < TrustQuorumLimits.SealedBytesMin or > TrustQuorumLimits.SealedBytesMax
            ? $"the sealed prior secrets are {told.Data.Length} characters and no hex of {TrustQuorumLimits.SealedBytesMin} to {TrustQuorumLimits.SealedBytesMax} bytes"
            : null;
    }

    private static bool IsDigest(string text) =>
        text.Length == TrustQuorumLimits.DigestHexLength && text.All(char.IsAsciiHexDigitLower);
}
