using System.Collections.Immutable;
using Gantry.Devices;

namespace Gantry.Areas.Tests.Inventory;

/// <summary>A rack's devices as the inventory sees them; each part can fall silent.</summary>
internal sealed class RackDoubles : ISledPorts, ISwitchPorts, IServiceProcessorPorts
{
    /// <summary>What the management gateway lists.</summary>
    public List<ServiceProcessorState> ServiceProcessors { get; } = [];

    /// <summary>Rear ports of both switches.</summary>
    public List<string> RearPorts { get; } = [];

    /// <summary>Sled ids that agents answer with, by key.</summary>
    public Dictionary<string, Guid> Agents { get; } = [];

    /// <summary>Names of silent parts: <c>gateway</c>, <c>switch</c> or a sled's key.</summary>
    public HashSet<string> Silent { get; } = [];

    /// <summary>Sled agents answer after this.</summary>
    public Task AgentGate { get; set; } = Task.CompletedTask;

    ImmutableDictionary<string, ISledPort> ISledPorts.Known => ImmutableDictionary<string, ISledPort>.Empty;

    ImmutableDictionary<string, ISwitchPort> ISwitchPorts.Known => ImmutableDictionary<string, ISwitchPort>.Empty;

    ISledPort ISledPorts.For(string key, Uri address) => new SledDouble(this, key);

    ISwitchPort ISwitchPorts.For(string key, Uri address) => new SwitchDouble(this);

    IServiceProcessorPort IServiceProcessorPorts.For(Uri address) => new GatewayDouble(this);

    private ValueTask<DeviceOutcome<T>> Answer<T>(string part, Func<T> value) => ValueTask.FromResult<DeviceOutcome<T>>(
        Silent.Contains(part)
            ? new DeviceOutcome<T>.Unreachable("refused", SledWorld.Start)
            : new DeviceOutcome<T>.Answered(200, value()));

    private sealed class GatewayDouble(RackDoubles rack) : IServiceProcessorPort
    {
        public ValueTask<DeviceOutcome<ImmutableArray<ServiceProcessorState>>> ListAsync(CancellationToken ct) =>
            rack.Answer<ImmutableArray<ServiceProcessorState>>("gateway", () => [.. rack.ServiceProcessors]);

        public ValueTask<DeviceOutcome<ServiceProcessorState>> GetAsync(string type, int slot, CancellationToken ct) =>
            rack.Answer("gateway", () => rack.ServiceProcessors.First(sp => sp.Type == type && sp.Slot == slot));
    }

    private sealed class SledDouble(RackDoubles rack, string key) : ISledPort
    {
        public DeviceStatus Status => throw new NotSupportedException("the inventory does not ask for this");

        public async ValueTask<DeviceOutcome<SledInventory>> InventoryAsync(CancellationToken ct)
        {
            await rack.AgentGate;
            return await rack.Answer(key, Inventory);
        }

        private SledInventory Inventory() => new()
        {
            SledId = rack.Agents[key],
            Role = "gimlet",
            PartNumber = "p",
            SerialNumber = "s",
            CpuFamily = "unknown",
            UsableHardwareThreads = 1,
            UsablePhysicalRam = 2,
            ReservoirSize = 1,
        };

        public ValueTask<DeviceOutcome<SledVmmState>> RegisterAsync(Guid vmm, VmmRegistration body, CancellationToken ct) => throw Unasked();

        public ValueTask<DeviceOutcome<SledVmmUpdate>> UnregisterAsync(Guid vmm, CancellationToken ct) => throw Unasked();

        public ValueTask<DeviceOutcome<SledVmmUpdate>> PutStateAsync(Guid vmm, VmmStateRequest state, CancellationToken ct) => throw Unasked();

        public ValueTask<DeviceOutcome<NoContent>> AttachExternalIpAsync(Guid vmm, SledExternalIp ip, CancellationToken ct) => throw Unasked();

        public ValueTask<DeviceOutcome<NoContent>> DetachExternalIpAsync(Guid vmm, SledExternalIp ip, CancellationToken ct) => throw Unasked();

        public ValueTask<DeviceOutcome<SledVmmState>> GetStateAsync(Guid vmm, CancellationToken ct) => throw Unasked();
    }

    private sealed class SwitchDouble(RackDoubles rack) : ISwitchPort
    {
        public DeviceStatus Status => throw Unasked();

        public long Rebirths => 0;

        public ValueTask<DeviceOutcome<SwitchIdentifiers>> IdentifiersAsync(CancellationToken ct) =>
            rack.Answer("switch", () => new SwitchIdentifiers(Guid.Empty, "sidecar", 3, "SW", 0));

        public ValueTask<DeviceOutcome<ImmutableDictionary<string, BackplaneLink>>> BackplaneMapAsync(CancellationToken ct) =>
            rack.Answer("switch", () => rack.RearPorts.ToImmutableDictionary(p => p, _ => new BackplaneLink(0)));

        public ValueTask<DeviceOutcome<ImmutableArray<SwitchGroup>>> ListGroupsAsync(CancellationToken ct) => throw Unasked();

        public ValueTask<DeviceOutcome<ImmutableArray<SwitchGroup>>> ListByTagAsync(string tag, CancellationToken ct) => throw Unasked();

        public ValueTask<DeviceOutcome<SwitchGroup>> GetGroupAsync(string address, CancellationToken ct) => throw Unasked();

        public ValueTask<DeviceOutcome<SwitchGroup>> CreateUnderlayAsync(UnderlayGroupBody body, CancellationToken ct) => throw Unasked();

        public ValueTask<DeviceOutcome<SwitchGroup>> SetMembersAsync(
            string address, string tag, ImmutableArray<SwitchMember> members, CancellationToken ct) => throw Unasked();

        public ValueTask<DeviceOutcome<SwitchGroup>> CreateExternalAsync(ExternalGroupBody body, CancellationToken ct) => throw Unasked();

        public ValueTask<DeviceOutcome<SwitchGroup>> UpdateExternalAsync(ExternalGroupBody body, CancellationToken ct) => throw Unasked();

        public ValueTask<DeviceOutcome<NoContent>> DeleteGroupAsync(string address, string tag, CancellationToken ct) => throw Unasked();

        public ValueTask<DeviceOutcome<NoContent>> ResetTagAsync(string tag, CancellationToken ct) => throw Unasked();

        public ValueTask<DeviceOutcome<NoContent>> ResetAllAsync(CancellationToken ct) => throw Unasked();
    }

    private static NotSupportedException Unasked() => new("the inventory does not ask for this");
}
