using System.Collections.Immutable;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Primitives;
using Gantry.TrustQuorum;
using Gantry.TrustQuorum.Protocol;
using Shouldly;
using Xunit;
using static Gantry.Areas.Tests.TrustQuorum.TqRack;

namespace Gantry.Areas.Tests.TrustQuorum;

/// <summary>Commit operations shared out among clients, and what a pass says of them (trust-quorum 6.5, 6.6).</summary>
public sealed class CommitDriverTests
{
    [Fact]
    [Trait("spec", "tq/46")]
    public async Task Of_three_clients_one_fails_and_says_so_and_the_others_members_commit()
    {
        var rack = Decided(members: 3);
        using var metrics = new TrustQuorumMetrics();
        var status = new TrustQuorumStatus();
        var lost = Board(2);
        ImmutableArray<CommitResult> results;
        ulong seed = 0;
        do
        {
            // Until the lost member is somebody else's to reach, as the dice fall.
            results = (await new CommitDriver(new SeededRandomSource(++seed), metrics).RunAsync(
                rack.Latest, CommitPlan.Configuration(rack.Latest)!, Sleds(new FakeSleds { Lost = lost }, 3), default)).ShouldNotBeNull(); // decided: complete
        }
        while (results.All(r => r.Errors.IsEmpty));

        results.Length.ShouldBe(3);
        var failed = results.Single(r => !r.Errors.IsEmpty);
        failed.Acked.ShouldBeEmpty();
        var acked = results.SelectMany(r => r.Acked).ToImmutableArray();
        rack.Must(new RecordCommit(rack.Latest.Epoch, acked));
        rack.Latest.Members.Where(m => m.State == TqMemberStates.Committed).Select(m => m.Id).ShouldBe([Board(0), Board(1)]);
        status.Record(new DriverReport(Id, 2) { Commits = results });
        status.Statuses.Single().ShouldBe(
            $"Trust Quorum status for rack_id: {Id}, epoch: 2:\n" + string.Concat(results.Select(r =>
                $"    Commit Status from client {r.Client}:\n      acked: {string.Join(", ", r.Acked)}\n      pending: \n      errors:\n"
                + (r.Errors.IsEmpty ? "" : $"        commit at {lost} through {r.Client}: {FakeSleds.Why}\n"))));
    }

    [Fact]
    [Trait("spec", "tq/33")]
    public async Task A_member_that_is_still_computing_is_pending_and_not_recorded()
    {
        var rack = Formed(4);
        rack.Must(rack.Add(4)).Must(rack.Prepare(4));
        using var metrics = new TrustQuorumMetrics();

        var results = (await new CommitDriver(new SeededRandomSource(1), metrics).RunAsync(
            rack.Latest, CommitPlan.Configuration(rack.Latest)!, Sleds(new FakeSleds(), 5), default)).ShouldNotBeNull(); // decided: complete

        var late = rack.Latest.Members.Single(m => m.State == TqMemberStates.Unacked).Id;
        results.SelectMany(r => r.Pending).ShouldBe([late]);
        results.SelectMany(r => r.Acked).Count().ShouldBe(4);
    }

    [Fact]
    [Trait("spec", "tq/H2")]
    public void No_configuration_is_sent_without_the_secrets_or_a_digest_that_it_must_have()
    {
        var rack = Formed(4);
        rack.Must(rack.Add(4));
        CommitPlan.Configuration(rack.Latest).ShouldBeNull("no digest is known yet");
        rack.Must(rack.Prepare(0, hasSecrets: false));
        CommitPlan.Configuration(rack.Latest).ShouldBeNull("the sealed prior secrets are not known yet");
        rack.Must(rack.Prepare(4));

        var config = CommitPlan.Configuration(rack.Latest).ShouldNotBeNull();

        Convert.ToHexStringLower(config.EncryptedRackSecrets.ShouldNotBeNull().Data.AsSpan()).ShouldBe(Secrets.Data);
    }

    [Fact]
    [Trait("spec", "tq/H7")]
    public void A_racks_row_names_its_largest_epoch_and_only_one_record_is_ever_active()
    {
        var rack = Formed(10);
        for (var change = 0; change < 3; change++)
        {
            rack.Must(new AddSleds([], new ProposalFacts())).Must(rack.Prepare(10)).Must(rack.Commit(8));
        }

        var row = TqViews.Project(Addresses.TqConfig(Id), new TqState(), rack.Events[^1], rack.State)
            .OfType<Gantry.Actors.ViewOp.Upsert>().Single(op => op.View == TqViews.Racks).Row.ShouldBeOfType<TqRackRow>();

        (row.LatestEpoch, row.BaseEpoch, row.State).ShouldBe((4, 3, TqStates.Committing));
        rack.State.Base.ShouldNotBeNull().IsActive.ShouldBeFalse("what is built on is settled by the next proposal");
    }

    private static TqRack Decided(int members)
    {
        var rack = Formed(members);
        return rack.Must(rack.Add()).Must(rack.Prepare(members));
    }

    private static CommissionedSleds Sleds(FakeSleds ports, int count) => new(ports, Boards(count).Select((b, i) => new SledRow
    {
        Id = SledId.From(GuidForm.FromText($"sled {i}")), Rack = Id, Serial = b.SerialNumber, Part = b.PartNumber, Revision = 1,
        Role = "gimlet", Policy = "provisionable", State = "active", Slot = i, Address = $"[::1]:{i + 1}", HardwareThreads = 8,
        PhysicalRamBytes = 1, ReservoirBytes = 1, ThreadsReserved = 0, ReservoirReservedBytes = 0, CpuFamily = "amd_milan", AgentGeneration = 1,
        TimeCreated = default, TimeModified = default, Generation = 1,
    }));

    /// <summary>Sleds that commit whatever they are asked, but one that nobody else reaches and those that still compute.</summary>
    private sealed class FakeSleds : ISledQuorumPorts, ISledQuorumPort
    {
        public const string Why = "answered 500 (Disconnected): no session";

        public BaseboardId? Lost { get; init; }

        public DeviceStatus Status { get; } = new(DeviceState.Up, DateTimeOffset.UnixEpoch, null, 0);

        public ISledQuorumPort For(string key, Uri address) => this;

        public ValueTask<DeviceOutcome<NoContent>> CommitAsync(BaseboardId? destination, TqCommitRequest request, CancellationToken ct) =>
            ValueTask.FromResult<DeviceOutcome<NoContent>>(destination is not null && destination == Lost
                ? new DeviceOutcome<NoContent>.Rejected(500, "Disconnected", "no session")
                : new DeviceOutcome<NoContent>.Answered(204, NoContent.Value));

        public ValueTask<DeviceOutcome<QuorumCommitAnswer>> PrepareAndCommitAsync(BaseboardId? destination, TqConfiguration config, CancellationToken ct) =>
            ValueTask.FromResult<DeviceOutcome<QuorumCommitAnswer>>(
                new DeviceOutcome<QuorumCommitAnswer>.Answered(200, new QuorumCommitAnswer(TqCommitStatus.Pending)));

        public ValueTask<DeviceOutcome<NoContent>> ReconfigureAsync(ReconfigureMsg request, CancellationToken ct) => throw new NotSupportedException();

        public ValueTask<DeviceOutcome<NoContent>> UpgradeAsync(LrtqUpgradeMsg request, CancellationToken ct) => throw new NotSupportedException();

        public ValueTask<DeviceOutcome<QuorumCoordination>> CoordinatorStatusAsync(CancellationToken ct) => throw new NotSupportedException();

        public ValueTask<DeviceOutcome<TqNodeStatus>> StatusAsync(BaseboardId? destination, CancellationToken ct) => throw new NotSupportedException();

        public ValueTask<DeviceOutcome<NoContent>> StartSledAsync(AddSledRequest request, CancellationToken ct) => throw new NotSupportedException();
    }
}
