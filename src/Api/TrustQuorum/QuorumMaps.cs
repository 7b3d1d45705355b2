using System.Collections.Immutable;
using System.Text.Json;
using Gantry.Primitives;
using Gantry.TrustQuorum;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.Api;

/// <summary>From records to what the API shows.</summary>
internal static class QuorumMaps
{
    public static RackMembershipAnswer Membership(TqRecord record, long? generation = null) =>
        Fill(new RackMembershipAnswer { Version = record.Epoch, Generation = generation }, record);

    public static DraftMembershipAnswer Draft(TqRecord record) => Fill(new DraftMembershipAnswer { Epoch = record.Epoch }, record);

    public static QuorumRecordAnswer Detail(TqRecord record)
    {
        var members = new OrderedDictionary<string, QuorumMemberAnswer>(StringComparer.Ordinal);
        foreach (var m in record.Members)
        {
            members.Add(m.Id.ToString(), new QuorumMemberAnswer(m.State, m.ShareDigest, m.TimePrepared, m.TimeCommitted));
        }

        return new QuorumRecordAnswer
        {
            RackId = record.Rack.Value,
            Epoch = record.Epoch,
            LastCommittedEpoch = record.LastCommittedEpoch,
            State = record.State,
            Threshold = record.Threshold,
            CommitCrashTolerance = record.CommitCrashTolerance,
            Coordinator = record.Coordinator,
            EncryptedRackSecrets = record.EncryptedRackSecrets is { } s ? new QuorumSecretsAnswer(s.Salt, s.Data) : null,
            Members = members,
            TimeCreated = record.TimeCreated,
            TimeCommitting = record.TimeCommitting,
            TimeCommitted = record.TimeCommitted,
            TimeAborted = record.TimeAborted,
            AbortReason = record.AbortReason,
        };
    }

    public static QuorumSizeAnswer Size(TqRecord record) => new()
    {
        Epoch = record.Epoch,
        Members = record.Members.Length,
        Threshold = record.Threshold,
        CommitCrashTolerance = record.CommitCrashTolerance,
        MayMissPrepare = QuorumOutlook.MayMissPrepare(record),
        MayBeDownAtUnlock = QuorumOutlook.MayBeDownAtUnlock(record),
    };

    public static QuorumPlanAnswer Plan(TqRecord proposed, TqRecord? from, ImmutableArray<MemberReach> reach)
    {
        var unreachable = reach.Where(r => !r.IsReachable).Select(r => r.Sled).ToImmutableArray();
        var before = from is null ? [] : Ids(from);
        var after = Ids(proposed);
        return new QuorumPlanAnswer
        {
            From = from is null ? null : Size(from),
            To = Size(proposed),
            Added = [.. after.Where(m => !before.Contains(m))],
            Removed = [.. before.Where(m => !after.Contains(m))],
            Survives = QuorumOutlook.Survives(proposed, unreachable),
            Unreachable = unreachable,
        };
    }

    public static QuorumAbortPlanAnswer AbortPlan(QuorumStanding standing) => new(
        standing.Latest.Epoch, standing.Latest.State, TqStates.Aborted, QuorumOutlook.IfStopped(standing.Latest, standing.InForce));

    public static QuorumProgressAnswer Progress(
        TqRecord record, TqRecord? inForce, ImmutableArray<MemberReach> reach, int onlineInForce, long generation, QuorumDriverAnswer driver)
    {
        var reached = reach.ToDictionary(r => r.Sled);
        return new QuorumProgressAnswer
        {
            RackId = record.Rack.Value,
            Epoch = record.Epoch,
            State = record.State,
            Phase = record.IsPreparing ? "prepare" : record.State switch
            {
                TqStates.Committing => "commit",
                TqStates.Aborted => "aborted",
                _ => "settled",
            },
            LastCommittedEpoch = record.LastCommittedEpoch,
            Threshold = record.Threshold,
            CommitCrashTolerance = record.CommitCrashTolerance,
            AcksNeeded = record.AcksNeeded,
            Prepared = record.PreparedCount,
            Committed = record.CommittedCount,
            Coordinator = record.Coordinator,
            Members =
            [
                .. record.Members.Select(m => new QuorumCellAnswer
                {
                    PartNumber = m.Id.PartNumber,
                    SerialNumber = m.Id.SerialNumber,
                    Slot = reached[m.Id].Slot,
                    State = m.State,
                    IsReachable = reached[m.Id].IsReachable,
                    IsCoordinator = m.Id == record.Coordinator,
                }),
            ],
            Blockers = Blockers(record, reached),
            InForce = inForce is null
                ? null
                : new QuorumInForceAnswer(
                    inForce.Epoch, inForce.Members.Length, inForce.Threshold, inForce.CommitCrashTolerance, onlineInForce,
                    QuorumOutlook.MayFail(inForce, onlineInForce)),
            Size = Size(record),
            IfStopped = QuorumOutlook.IfStopped(record, inForce),
            MayAbort = record.IsPreparing,
            AbortReason = record.AbortReason,
            TimeCreated = record.TimeCreated,
            TimeCommitting = record.TimeCommitting,
            TimeCommitted = record.TimeCommitted,
            Generation = generation,
            Driver = driver,
        };
    }

    /// <summary>One node; alarms in full only for an admin: they hold configurations with sealed secrets and digests.</summary>
    public static QuorumNodeAnswer Node(MemberNode node, bool isFull) => node.Status is not { } status
        ? new QuorumNodeAnswer { PartNumber = node.Sled.PartNumber, SerialNumber = node.Sled.SerialNumber, Error = node.Error }
        : new QuorumNodeAnswer
        {
            PartNumber = node.Sled.PartNumber,
            SerialNumber = node.Sled.SerialNumber,
            ConnectedPeers = status.ConnectedPeers,
            Alarms = [.. status.Alarms.Select(a => new QuorumAlarmAnswer(
                a.Name, isFull ? JsonSerializer.Serialize(a, TqJson.Default.TqAlarm) : Outline(a)))],
            HasLrtqShare = status.PersistentState.HasLrtqShare,
            Configs = status.PersistentState.Configs,
            Shares = status.PersistentState.Shares,
            Commits = status.PersistentState.Commits,
            Expunged = status.PersistentState.Expunged is { } e ? new QuorumExpungedAnswer(e.Epoch, e.From) : null,
            ProxiedRequests = status.ProxiedRequests,
        };

    /// <summary>Who is waited for.</summary>
    public static ImmutableArray<QuorumBlockerAnswer> Blockers(TqRecord record, ImmutableArray<MemberReach> reach) =>
        Blockers(record, reach.ToDictionary(r => r.Sled));

    // Epoch and sender: what a viewer needs to call somebody.
    private static string Outline(TqAlarm alarm) => alarm switch
    {
        TqAlarm.MismatchedConfigurations a => $"epoch {a.Stored.Epoch}, from {a.From}",
        TqAlarm.ShareComputationFailed a => $"epoch {a.Epoch}",
        TqAlarm.CommittedConfigurationLost a => $"epoch {a.LatestCommittedEpoch}",
        TqAlarm.RackSecretDecryptionFailed a => $"epoch {a.Epoch}",
        TqAlarm.RackSecretReconstructionFailed a => $"epoch {a.Epoch}",
        _ => throw Invariant.Unreachable($"no alarm {alarm.Name}"),
    };

    private static T Fill<T>(T answer, TqRecord record) where T : MembershipAnswer => (T)((MembershipAnswer)answer with
    {
        RackId = record.Rack.Value,
        State = OperatorState(record),
        Members = Ids(record),
        UnacknowledgedMembers = Unacknowledged(record),
        TimeCreated = record.TimeCreated,
        TimeCommitted = record.TimeCommitted,
        TimeAborted = record.TimeAborted,
    });

    private static ImmutableArray<QuorumBlockerAnswer> Blockers(TqRecord record, Dictionary<BaseboardId, MemberReach> reached)
    {
        var isWaited = record.IsPreparing
            ? new Func<Gantry.TrustQuorum.TqMember, bool>(m => m.State == TqMemberStates.Unacked)
            : m => record.State == TqStates.Committing && m.State != TqMemberStates.Committed;
        var word = record.IsPreparing ? "share pending" : "commit pending";
        var coordinator = record is { CoordinatorError: { } why, IsPreparing: true }
            ? ImmutableArray.Create(new QuorumBlockerAnswer(record.Coordinator, $"coordinator: {why.Message}", record.TimeCreated))
            : [];
        return coordinator.AddRange(record.Members.Where(isWaited).Select(m =>
        {
            var reach = reached[m.Id];
            return reach.IsReachable
                ? new QuorumBlockerAnswer(m.Id, word, record.TimeCommitting ?? record.TimeCreated)
                : new QuorumBlockerAnswer(m.Id, reach.Why ?? "it does not answer", reach.Since);
        }));
    }

    private static string OperatorState(TqRecord record) => record switch
    {
        { IsActive: true } => "in_progress",
        { IsCommitted: true } => "committed",
        _ => "aborted",
    };

    private static ImmutableArray<BaseboardId> Ids(TqRecord record) => [.. record.Members.Select(m => m.Id)];

    private static ImmutableArray<BaseboardId> Unacknowledged(TqRecord record) =>
        [.. record.Members.Where(m => m.State != TqMemberStates.Committed).Select(m => m.Id)];
}
