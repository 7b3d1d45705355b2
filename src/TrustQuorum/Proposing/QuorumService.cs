using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Primitives;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.TrustQuorum;

/// <summary>
/// What the gateway calls to read and change a rack's quorum: reads the facts that a proposal needs, asks the entity, and waits until the
/// coordinator has answered (trust-quorum 5.3). Thread-safe.
/// </summary>
public sealed class QuorumService
{
    // Of records that may hold 40 KiB each, mostly a handful is wanted.
    private const int RecentPage = 16;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LookLongest = TimeSpan.FromMilliseconds(200);

    private readonly IViews _views;
    private readonly IEntities _entities;
    private readonly RackSleds _racks;
    private readonly TrustQuorumNews _passes;
    private readonly IRandomSource _random;
    private readonly TimeProvider _time;

    internal QuorumService(
        IViews views, IEntities entities, RackSleds racks, TrustQuorumNews passes, IRandomSource random, TimeProvider time)
    {
        _passes = passes;
        _views = views;
        _entities = entities;
        _racks = racks;
        _random = random;
        _time = time;
    }

    /// <summary>One record, the newest when no epoch is given, with the rack's generation; null when there is none.</summary>
    public async ValueTask<(TqRecord Record, long Generation)?> FindAsync(RackId rack, long? epoch, CancellationToken ct)
    {
        var snapshot = await _views.SnapshotAsync(ct).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            var row = await snapshot.GetAsync(TqViews.Racks, rack.ToString(), ct).ConfigureAwait(false);
            return row is not null && await FindAsync(snapshot, rack, epoch ?? row.Row.LatestEpoch, ct).ConfigureAwait(false) is { } record
                ? (record, row.Row.Generation)
                : null;
        }
    }

    /// <summary>The newest record and the one in force, as of one commit; null when there is none.</summary>
    public async ValueTask<QuorumStanding?> StandingAsync(RackId rack, CancellationToken ct)
    {
        var snapshot = await _views.SnapshotAsync(ct).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            var row = await snapshot.GetAsync(TqViews.Racks, rack.ToString(), ct).ConfigureAwait(false);
            if (row is null || await FindAsync(snapshot, rack, row.Row.LatestEpoch, ct).ConfigureAwait(false) is not { } latest)
            {
                return null;
            }

            var under = row.Row.BaseEpoch is { } epoch ? await FindAsync(snapshot, rack, epoch, ct).ConfigureAwait(false) : null;
            return new QuorumStanding(latest, new TqState { Latest = latest, Base = under }.InForce, row.Row.Generation);
        }
    }

    /// <summary>Every record of a rack, for a list.</summary>
    public static ViewQuery<TqRecord> HistoryOf(RackId rack) =>
        new ViewQuery<TqRecord>(TqViews.Configs).WhereEqual("rack", rack.ToString());

    /// <summary>Records proposed since a time, and the one under way however old, newest first. Reads no further back than that.</summary>
    public async ValueTask<ImmutableArray<TqRecord>> SinceAsync(RackId rack, DateTimeOffset since, CancellationToken ct)
    {
        var found = ImmutableArray.CreateBuilder<TqRecord>();
        var next = HistoryOf(rack) with { OrderBy = "epoch", Descending = true, Limit = RecentPage };
        while (true)
        {
            var page = await _views.QueryAsync(next, ct).ConfigureAwait(false);
            foreach (var item in page.Items)
            {
                // Only the newest can be under way, and epochs rise with time.
                if (item.Row.TimeCreated < since && !item.Row.IsActive)
                {
                    return found.ToImmutable();
                }

                found.Add(item.Row);
            }

            if (page.Next is null)
            {
                return found.ToImmutable();
            }

            next = next with { After = page.Next };
        }
    }

    /// <summary>The present members and these; none for the same members with a new secret.</summary>
    public async ValueTask<Outcome<TqRecord>> AddAsync(RackId rack, ImmutableArray<BaseboardId> sleds, AskOptions how, CancellationToken ct) =>
        await ProposeAsync(rack, new AddSleds(sleds, await FactsAsync(rack, sleds, ct).ConfigureAwait(false)), how, ct).ConfigureAwait(false);

    /// <summary>The present members without this one.</summary>
    public async ValueTask<Outcome<TqRecord>> RemoveAsync(RackId rack, BaseboardId sled, AskOptions how, CancellationToken ct) =>
        await ProposeAsync(rack, new RemoveSled(sled, await FactsAsync(rack, [], ct).ConfigureAwait(false)), how, ct).ConfigureAwait(false);

    /// <summary>Gives up what is preparing and proposes the same members again.</summary>
    public async ValueTask<Outcome<TqRecord>> RecoverAsync(RackId rack, AskOptions how, CancellationToken ct) =>
        await ProposeAsync(rack, new RecoverQuorum(await FactsAsync(rack, [], ct).ConfigureAwait(false)), how, ct).ConfigureAwait(false);

    /// <summary>From the older scheme: every commissioned sled of the rack becomes a member.</summary>
    public async ValueTask<Outcome<TqRecord>> UpgradeAsync(RackId rack, AskOptions how, CancellationToken ct)
    {
        var members = (await _racks.OfAsync(rack, ct).ConfigureAwait(false)).All.Order().ToImmutableArray();
        var facts = await FactsAsync(rack, [], ct).ConfigureAwait(false);
        return await ProposeAsync(rack, new UpgradeLrtq(members, facts), how, ct).ConfigureAwait(false);
    }

    /// <summary>Gives the newest record up; with an epoch, only when that is the newest.</summary>
    public async ValueTask<Outcome<TqRecord>> AbortAsync(RackId rack, long? epoch, AskOptions how, CancellationToken ct)
    {
        var outcome = await _entities.AskAsync(
            Addresses.TqConfig(rack), new AbortLatest("Aborted via API request", epoch), how, ct).ConfigureAwait(false);
        if (outcome is not Outcome<EpochReply>.Accepted accepted)
        {
            return Failed<EpochReply>(outcome);
        }

        return new Outcome<TqRecord>.Accepted(
            await MustFindAsync(rack, accepted.Value.Epoch, ct).ConfigureAwait(false), accepted.Revision, accepted.IsReplay);
    }

    /// <summary>
    /// What the driver's last passes did, of one rack or of all (trust-quorum 6.6). A rack that no node has driven yet shows its phase only.
    /// </summary>
    public async ValueTask<(ImmutableArray<string> Statuses, ImmutableArray<string> Errors)> PassesAsync(RackId? rack, CancellationToken ct)
    {
        var rows = rack is { } one
            ? await _views.GetAsync(TqViews.Racks, one.ToString(), ct).ConfigureAwait(false) is { } found ? [found] : []
            : await _views.ListAsync(new ViewQuery<TqRackRow>(TqViews.Racks), ct).ConfigureAwait(false);
        var statuses = ImmutableArray.CreateBuilder<string>();
        var errors = ImmutableArray.CreateBuilder<string>();
        var (passes, missing) = await _passes.LookAsync(ct).ConfigureAwait(false);
        errors.AddRange(missing.Select(node => $"{node} did not answer: what it drives is not among these"));
        foreach (var row in rows)
        {
            if (passes.TryGetValue(row.Row.Rack, out var told))
            {
                statuses.AddRange(told.Statuses);
                errors.AddRange(told.Errors);
            }
            else if (await FindAsync(_views, row.Row.Rack, row.Row.LatestEpoch, ct).ConfigureAwait(false) is { } record
                && TrustQuorumStatus.Outline(record) is { } outline)
            {
                statuses.Add(outline);
            }
        }

        return (statuses.ToImmutable(), errors.ToImmutable());
    }

    /// <summary>How each member of a record is reached just now.</summary>
    public async ValueTask<ImmutableArray<MemberReach>> ReachAsync(TqRecord record, CancellationToken ct)
    {
        var sleds = await _racks.OfAsync(record.Rack, ct).ConfigureAwait(false);
        return [.. record.Members.Select(m => Reach(m.Id, sleds.Find(m.Id), sleds.Port(m.Id)?.Status))];
    }

    /// <summary>What every member's node says of itself, asked now; a member without a sled is asked through another one.</summary>
    public async ValueTask<ImmutableArray<MemberNode>> NodesAsync(TqRecord record, CancellationToken ct)
    {
        var sleds = await _racks.OfAsync(record.Rack, ct).ConfigureAwait(false);
        var nodes = await Task.WhenAll(record.Members.Select(m => NodeAsync(m.Id, record, sleds, ct))).ConfigureAwait(false);
        return [.. nodes];
    }

    private async Task<MemberNode> NodeAsync(BaseboardId id, TqRecord record, CommissionedSleds sleds, CancellationToken ct)
    {
        DeviceOutcome<TqNodeStatus> outcome;
        if (sleds.Port(id) is { } port)
        {
            outcome = await port.StatusAsync(null, ct).ConfigureAwait(false);
        }
        else if (sleds.Draw(record.Members.Select(m => m.Id).Where(other => other != id), 1, _random) is [var (_, helper)])
        {
            outcome = await helper.StatusAsync(id, ct).ConfigureAwait(false);
        }
        else
        {
            return new MemberNode(id, null, "it has no sled, and no other member could ask it");
        }

        return outcome is DeviceOutcome<TqNodeStatus>.Answered answered
            ? new MemberNode(id, answered.Value, null)
            : new MemberNode(id, null, outcome.Describe());
    }

    private static MemberReach Reach(BaseboardId id, SledRow? row, DeviceStatus? status) => status switch
    {
        // Its node is the other members' peer; whether that answers, only they know.
        null => new MemberReach(id, null, IsReachable: true, null, "no sled agent runs on it yet"),
        { State: DeviceState.Up } => new MemberReach(id, row?.Slot, IsReachable: true, status.Since, null),
        _ => new MemberReach(id, row?.Slot, status.State != DeviceState.Down, status.Since, status.LastError),
    };

    private async ValueTask<ProposalFacts> FactsAsync(RackId rack, ImmutableArray<BaseboardId> named, CancellationToken ct)
    {
        var (elsewhere, unknown) = await _racks.JudgeAsync(rack, named, ct).ConfigureAwait(false);
        var sleds = await _racks.OfAsync(rack, ct).ConfigureAwait(false);
        var latest = (await _views.GetAsync(TqViews.Racks, rack.ToString(), ct).ConfigureAwait(false))?.Row.LatestEpoch;
        return new ProposalFacts
        {
            Elsewhere = elsewhere,
            Unknown = unknown,
            Answering = [.. sleds.All.Where(s => !sleds.IsDown(s))],
            Draw = _random.Next(int.MaxValue),
            Epoch = latest + 1,
        };
    }

    private async ValueTask<Outcome<TqRecord>> ProposeAsync(RackId rack, ProposeCommand command, AskOptions how, CancellationToken ct)
    {
        var outcome = await _entities.AskAsync(Addresses.TqConfig(rack), command, how, ct).ConfigureAwait(false);
        if (outcome is not Outcome<ProposalAccepted>.Accepted accepted)
        {
            return Failed<ProposalAccepted>(outcome);
        }

        if (DryRun.Current is { } trial)
        {
            // Decided and not committed: the record is among the facts.
            var would = trial.Steps.SelectMany(s => s.Events).OfType<ConfigInserted>().Last().Record;
            return new Outcome<TqRecord>.Accepted(would, accepted.Revision);
        }

        var record = await AnsweredAsync(rack, accepted.Value.Epoch, how.Deadline, ct).ConfigureAwait(false);
        return record switch
        {
            { CoordinatorError: { } why } => new Outcome<TqRecord>.Refused(why),
            { State: TqStates.Aborted, CoordinatorCall: CoordinatorCalls.Failed } => new Outcome<TqRecord>.Refused(
                TrustQuorumErrors.GivenUp(record.Epoch, record.AbortReason)),
            { CoordinatorCall: CoordinatorCalls.Out } => new Outcome<TqRecord>.Unknown(
                $"epoch {record.Epoch} is recorded and coordinator {record.Coordinator} has not answered within {how.Deadline.TotalSeconds:0} s"),
            _ => new Outcome<TqRecord>.Accepted(record, accepted.Revision, accepted.IsReplay),
        };
    }

    // The call runs as an activity of the entity, on whatever node owns it; its end is a fact that shows in the view.
    private async ValueTask<TqRecord> AnsweredAsync(RackId rack, long epoch, TimeSpan deadline, CancellationToken ct)
    {
        var began = _time.GetTimestamp();
        var pause = Look;
        while (true)
        {
            var record = await MustFindAsync(rack, epoch, ct).ConfigureAwait(false);
            if (record.CoordinatorCall != CoordinatorCalls.Out || _time.GetElapsedTime(began) > deadline)
            {
                return record;
            }

            await Task.Delay(pause, _time, ct).ConfigureAwait(false);
            pause = pause * 1.5 < LookLongest ? pause * 1.5 : LookLongest;
        }
    }

    private async ValueTask<TqRecord> MustFindAsync(RackId rack, long epoch, CancellationToken ct) =>
        await FindAsync(_views, rack, epoch, ct).ConfigureAwait(false)
        ?? throw new InvariantException($"epoch {epoch} of rack {rack} was accepted and has no row");

    private static async ValueTask<TqRecord?> FindAsync(IViews views, RackId rack, long epoch, CancellationToken ct) =>
        (await views.GetAsync(TqViews.Configs, TqViews.ConfigKey(rack, epoch), ct).ConfigureAwait(false))?.Row;

    private static Outcome<TqRecord> Failed<T>(Outcome<T> outcome) where T : class => outcome switch
    {
        Outcome<T>.Refused refused => new Outcome<TqRecord>.Refused(refused.Why),
        Outcome<T>.Overloaded overloaded => new Outcome<TqRecord>.Overloaded(overloaded.RetryAfter),
        Outcome<T>.Unavailable unavailable => new Outcome<TqRecord>.Unavailable(unavailable.RetryAfter),
        Outcome<T>.Unknown unknown => new Outcome<TqRecord>.Unknown(unknown.Reason),
        _ => throw Invariant.Unreachable("an accepted outcome is no failure"),
    };
}

/// <summary>How a rack stands.</summary>
/// <param name="Latest">The newest record.</param>
/// <param name="InForce">The newest that members commit or committed; null before the first.</param>
/// <param name="Generation">What was asked: the ETag.</param>
public sealed record QuorumStanding(TqRecord Latest, TqRecord? InForce, long Generation);

/// <summary>How a member is reached just now.</summary>
/// <param name="Sled">The hardware.</param>
/// <param name="Slot">Its cubby, when known.</param>
/// <param name="IsReachable">Whether its agent answers, as far as the adapter knows.</param>
/// <param name="Since">Since when it is as it is; null when no agent is known.</param>
/// <param name="Why">What stands in the way; null when nothing does.</param>
public sealed record MemberReach(BaseboardId Sled, int? Slot, bool IsReachable, DateTimeOffset? Since, string? Why);

/// <summary>What a member's node says; or why it could not be asked.</summary>
public sealed record MemberNode(BaseboardId Sled, TqNodeStatus? Status, string? Error);
