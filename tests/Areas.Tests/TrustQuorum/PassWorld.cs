using Gantry.Actors;
using Gantry.Areas.Tests.Multicast;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Primitives;
using Gantry.TrustQuorum;
using Gantry.TrustQuorum.Protocol;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gantry.Areas.Tests.TrustQuorum;

/// <summary>The product's driver and its call to the coordinator over a rack of plain decider calls and sleds that answer what the test says.</summary>
internal sealed class PassWorld : IEntities, ISledQuorumPorts, IDisposable
{
    private readonly TrustQuorumMetrics _metrics = new();
    private readonly SeededRandomSource _dice = new(1);
    private readonly PureViews _views = new();
    private readonly Dictionary<string, BaseboardId> _keys = new(StringComparer.Ordinal);

    public PassWorld(TqRack rack, int sleds)
    {
        Rack = rack;
        for (var i = 0; i < sleds; i++)
        {
            Register(i);
        }

        var racks = new RackSleds(_views, this);
        Pass = new QuorumPass(
            _views, this, racks, new CommitDriver(_dice, _metrics), new SledStarter(this, _dice, _metrics, NullLogger<SledStarter>.Instance),
            Status, _metrics, _dice, Time, NullLogger<QuorumPass>.Instance);
        Activity = new CoordinateActivity(_views, this, racks, _dice, NullLogger<CoordinateActivity>.Instance);
        Publish();
    }

    public TqRack Rack { get; }

    public PureTime Time { get; } = new();

    public TrustQuorumStatus Status { get; } = new();

    public QuorumPass Pass { get; }

    public CoordinateActivity Activity { get; }

    /// <summary>What any sled answers when asked what it coordinates.</summary>
    public DeviceOutcome<QuorumCoordination> Coordination { get; set; } = Said(null);

    /// <summary>What any sled answers to the request to coordinate.</summary>
    public DeviceOutcome<NoContent> Taking { get; set; } = new DeviceOutcome<NoContent>.Answered(204, NoContent.Value);

    /// <summary>A member to which nobody has a session.</summary>
    public BaseboardId? Lost { get; set; }

    public List<ReconfigureMsg> Proposed { get; } = [];

    public List<BaseboardId> Committed { get; } = [];

    public List<(BaseboardId Member, TqConfiguration Config)> PreparedAndCommitted { get; } = [];

    public List<AddSledRequest> Started { get; } = [];

    public static DeviceOutcome<QuorumCoordination> Said(TqCoordinatorStatus? status) =>
        new DeviceOutcome<QuorumCoordination>.Answered(200, new QuorumCoordination(status));

    /// <summary>What a coordinator of the newest record says with so many acknowledgements.</summary>
    public TqCoordinatorStatus Coordinating(int acks, Func<TqRecord, TqRecord>? twist = null)
    {
        var told = (RecordPrepare)Rack.Prepare(acks);
        var record = Rack.Latest with
        {
            EncryptedRackSecrets = told.Config.EncryptedRackSecrets,
            Members = [.. Rack.Latest.Members.Select(m => m with { ShareDigest = told.Config.Members.Single(d => d.Sled == m.Id).ShareDigest })],
        };
        return new TqCoordinatorStatus(CommitPlan.Configuration(twist?.Invoke(record) ?? record)!, told.Acked); // complete, as just made
    }

    public void Register(int board)
    {
        var row = Row(board);
        _keys[row.Id.ToString()] = TqRack.Board(board);
        _views.Put(InventoryViews.Sleds, row.Id.ToString(), row);
    }

    public ValueTask<Reconciled> DriveAsync() => Pass.DriveAsync(RackRow(), default);

    public ValueTask<Reconciled> StartAgentsAsync() => Pass.StartAgentsAsync(RackRow(), default);

    public ValueTask<Reply> CallCoordinatorAsync() => Activity.RunAsync(
        TqDecider.CallToken(TqRack.Id, Rack.Latest.Epoch), new CoordinateInput(TqRack.Id, Rack.Latest.Epoch), default);

    /// <summary>Shows what tests decided by plain calls.</summary>
    public void Publish()
    {
        foreach (var record in new[] { Rack.State.Base, Rack.State.Latest }.OfType<TqRecord>())
        {
            _views.Put(TqViews.Configs, TqViews.ConfigKey(record.Rack, record.Epoch), record);
        }
    }

    public ISledQuorumPort For(string key, Uri address) => new Port(this, _keys[key]);

    public ValueTask<Outcome<TReply>> AskAsync<TReply>(
        EntityAddress to, ICommand<TReply> command, AskOptions options, CancellationToken ct) where TReply : class
    {
        if (command is MemberCommitted joined)
        {
            return Accepted<TReply>(new SledCommissioned(SledId.From(GuidForm.FromText($"sled of {joined.Sled}")), "fd00:1122:3344:125::/64"));
        }

        var reply = Rack.Do((TqCommand)(object)command);
        Publish();
        return reply is Reply.Refused refused
            ? ValueTask.FromResult<Outcome<TReply>>(new Outcome<TReply>.Refused(refused.Why))
            : Accepted<TReply>(((Reply.Accepted)reply).Value);
    }

    public void Dispose() => _metrics.Dispose();

    private static ValueTask<Outcome<TReply>> Accepted<TReply>(object? value) where TReply : class =>
        ValueTask.FromResult<Outcome<TReply>>(new Outcome<TReply>.Accepted((TReply)value!, 1)); // replies of these commands are never null

    private static SledRow Row(int board) => new()
    {
        Id = SledId.From(GuidForm.FromText($"sled {board}")), Rack = TqRack.Id, Serial = TqRack.Board(board).SerialNumber,
        Part = TqRack.Board(board).PartNumber, Revision = 1, Role = "gimlet", Policy = "provisionable", State = "active", Slot = board,
        Address = $"[::1]:{board + 1}", HardwareThreads = 8, PhysicalRamBytes = 1, ReservoirBytes = 1, ThreadsReserved = 0,
        ReservoirReservedBytes = 0, CpuFamily = "amd_milan", AgentGeneration = 1, TimeCreated = default, TimeModified = default, Generation = 1,
    };

    private TqRackRow RackRow() => new(TqRack.Id, Rack.Latest.Epoch, Rack.Latest.State, Rack.State.Base?.Epoch, Rack.State.Generation);

    private sealed class Port(PassWorld world, BaseboardId self) : ISledQuorumPort
    {
        public DeviceStatus Status { get; } = new(DeviceState.Up, DateTimeOffset.UnixEpoch, null, 0);

        public ValueTask<DeviceOutcome<NoContent>> ReconfigureAsync(ReconfigureMsg request, CancellationToken ct)
        {
            world.Proposed.Add(request);
            return ValueTask.FromResult(world.Taking);
        }

        public ValueTask<DeviceOutcome<NoContent>> UpgradeAsync(LrtqUpgradeMsg request, CancellationToken ct) => throw new NotSupportedException();

        public ValueTask<DeviceOutcome<QuorumCoordination>> CoordinatorStatusAsync(CancellationToken ct) => ValueTask.FromResult(world.Coordination);

        public ValueTask<DeviceOutcome<NoContent>> CommitAsync(BaseboardId? destination, TqCommitRequest request, CancellationToken ct)
        {
            if (destination is not null && destination == world.Lost)
            {
                return ValueTask.FromResult<DeviceOutcome<NoContent>>(new DeviceOutcome<NoContent>.Rejected(500, "Disconnected", "no session"));
            }

            world.Committed.Add(destination ?? self);
            return ValueTask.FromResult<DeviceOutcome<NoContent>>(new DeviceOutcome<NoContent>.Answered(204, NoContent.Value));
        }

        public ValueTask<DeviceOutcome<QuorumCommitAnswer>> PrepareAndCommitAsync(BaseboardId? destination, TqConfiguration config, CancellationToken ct)
        {
            world.PreparedAndCommitted.Add((destination ?? self, config));
            return ValueTask.FromResult<DeviceOutcome<QuorumCommitAnswer>>(
                new DeviceOutcome<QuorumCommitAnswer>.Answered(200, new QuorumCommitAnswer(TqCommitStatus.Pending)));
        }

        public ValueTask<DeviceOutcome<TqNodeStatus>> StatusAsync(BaseboardId? destination, CancellationToken ct) => throw new NotSupportedException();

        public ValueTask<DeviceOutcome<NoContent>> StartSledAsync(AddSledRequest request, CancellationToken ct)
        {
            world.Started.Add(request);
            return ValueTask.FromResult<DeviceOutcome<NoContent>>(new DeviceOutcome<NoContent>.Answered(204, NoContent.Value));
        }
    }
}
