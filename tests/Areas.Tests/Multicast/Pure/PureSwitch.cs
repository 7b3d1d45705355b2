using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Gantry.Devices;
using Gantry.Primitives;
using Gantry.Switch.Simulator;

namespace Gantry.Areas.Tests.Multicast;

/// <summary>
/// The switch simulator's state machine behind the port that the reconciler knows, without HTTP: every call waits in a list until it is chosen
/// to happen, and then happens, fails before, or is done and not answered.
/// </summary>
internal sealed class PureSwitch(int slot, SwitchMode mode, PureTime time, SeededRandomSource dice) : ISwitchPort
{
    private readonly List<Action> _calls = [];
    private DateTimeOffset _since = time.Now;

    public SwitchState Model { get; private set; } = SwitchState.Fresh(slot, Guid.Empty, time.Now, mode);

    public bool IsDown { get; private set; }

    /// <summary>Chance that a call fails in one of its ways.</summary>
    public double Trouble { get; set; }

    public long Rebirths { get; private set; }

    public int Writes { get; private set; }

    public DeviceStatus Status => new(IsDown ? DeviceState.Down : DeviceState.Up, _since, IsDown ? "down" : null, 0);

    public void Collect(List<Action> work) => work.AddRange(_calls.Select(c => (Action)(() =>
    {
        _calls.Remove(c);
        c();
    })));

    public void SetDown(bool isDown)
    {
        if (IsDown != isDown)
        {
            (IsDown, _since) = (isDown, time.Now);
        }
    }

    public void Restart()
    {
        Model = Model.Restarted(time.Now);
        Rebirths++;
    }

    /// <summary>Somebody else changes a group.</summary>
    public void Tamper(string method, string path, string? tag, string? body) => Step(method, path, tag, body);

    public ValueTask<DeviceOutcome<SwitchIdentifiers>> IdentifiersAsync(CancellationToken ct) => throw new NotSupportedException();

    public ValueTask<DeviceOutcome<ImmutableDictionary<string, BackplaneLink>>> BackplaneMapAsync(CancellationToken ct) =>
        throw new NotSupportedException();

    public ValueTask<DeviceOutcome<ImmutableArray<SwitchGroup>>> ListGroupsAsync(CancellationToken ct) =>
        Call<ImmutableArray<SwitchGroup>>(() => new DeviceOutcome<ImmutableArray<SwitchGroup>>.Answered(200, Groups()));

    public ValueTask<DeviceOutcome<ImmutableArray<SwitchGroup>>> ListByTagAsync(string tag, CancellationToken ct) =>
        Call<ImmutableArray<SwitchGroup>>(
            () => new DeviceOutcome<ImmutableArray<SwitchGroup>>.Answered(200, [.. Groups().Where(g => g.Tag == tag)]));

    public ValueTask<DeviceOutcome<SwitchGroup>> GetGroupAsync(string address, CancellationToken ct) => throw new NotSupportedException();

    public ValueTask<DeviceOutcome<SwitchGroup>> CreateUnderlayAsync(UnderlayGroupBody body, CancellationToken ct) => Write<SwitchGroup>(
        "POST", "/multicast/underlay-groups", null, $$"""{"group_ip":"{{body.Address}}","tag":"{{body.Tag}}",{{Members(body.Members)}}}""", Group);

    public ValueTask<DeviceOutcome<SwitchGroup>> SetMembersAsync(
        string address, string tag, ImmutableArray<SwitchMember> members, CancellationToken ct) =>
        Write<SwitchGroup>("PUT", $"/multicast/underlay-groups/{address}", tag, $$"""{{{Members(members)}}}""", Group);

    public ValueTask<DeviceOutcome<SwitchGroup>> CreateExternalAsync(ExternalGroupBody body, CancellationToken ct) => Write<SwitchGroup>(
        "POST",
        "/multicast/external-groups",
        null,
        $$"""{"group_ip":"{{body.Address}}","tag":"{{body.Tag}}",{{External(body)}},"sources":{{(body.Sources.IsEmpty ? "null" : Sources(body))}}}""",
        Group);

    public ValueTask<DeviceOutcome<SwitchGroup>> UpdateExternalAsync(ExternalGroupBody body, CancellationToken ct) => Write<SwitchGroup>(
        "PUT", $"/multicast/external-groups/{body.Address}", body.Tag, $$"""{{{External(body)}},"sources":{{Sources(body)}}}""", Group);

    public ValueTask<DeviceOutcome<NoContent>> DeleteGroupAsync(string address, string tag, CancellationToken ct) =>
        Write("DELETE", $"/multicast/groups/{address}", tag, null, NoContent.Value);

    public ValueTask<DeviceOutcome<NoContent>> ResetTagAsync(string tag, CancellationToken ct) =>
        Write("DELETE", $"/multicast/tags/{tag}", null, null, NoContent.Value);

    public ValueTask<DeviceOutcome<NoContent>> ResetAllAsync(CancellationToken ct) =>
        Write("DELETE", "/multicast/groups", null, null, NoContent.Value);

    // What a write answers is not used by the reconciler, which reads back.
    private static readonly SwitchGroup Group = new() { Address = "::", IsUnderlay = true, Tag = "", ExternalGroupId = 0 };

    public ImmutableArray<SwitchGroup> Groups() =>
    [
        .. Model.Groups.Values.Select(g => g switch
        {
            UnderlayGroup u => new SwitchGroup
            {
                Address = u.Address.ToString(),
                IsUnderlay = true,
                Tag = u.Tag,
                ExternalGroupId = u.ExternalId,
                Members =
                [
                    .. u.Members.Select(m => new SwitchMember(
                        m.Lane.Port.ToString(), m.Lane.Link, m.IsExternal ? SwitchMember.ExternalDirection : SwitchMember.UnderlayDirection)),
                ],
            },
            ExternalGroup e => new SwitchGroup
            {
                Address = e.Address.ToString(),
                IsUnderlay = false,
                Tag = e.Tag,
                ExternalGroupId = e.ExternalId,
                Nat = new SwitchNatTarget(e.Nat.Internal.ToString(), e.Nat.MacText, e.Nat.Vni),
                VlanId = e.Vlan,
                Sources = [.. (e.Sources ?? []).Select(s => s.ToString())],
            },
            _ => throw new InvalidOperationException(),
        }),
    ];

    private static string Members(ImmutableArray<SwitchMember> members) => $"\"members\":[{string.Join(
        ',', members.Select(m => $$"""{"port_id":"{{m.PortId}}","link_id":{{m.LinkId}},"direction":"{{m.Direction}}"}"""))}]";

    private static string External(ExternalGroupBody body)
    {
        var mac = string.Join(',', body.Nat.InnerMac.Split(':').Select(b => int.Parse(b, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)));
        var vlan = body.VlanId is { } id ? id.ToString(CultureInfo.InvariantCulture) : "null";
        return $$$"""
            "internal_forwarding":{"nat_target":{"internal_ip":"{{{body.Nat.InternalAddress}}}","inner_mac":{"a":[{{{mac}}}]},"vni":{{{body.Nat.Vni}}}}},
            "external_forwarding":{"vlan_id":{{{vlan}}}}
            """;
    }

    private static string Sources(ExternalGroupBody body) =>
        $"[{string.Join(',', body.Sources.Select(s => $$"""{"Exact":"{{s}}"}"""))}]";

    private SimAnswer Step(string method, string path, string? tag, string? body, ModelFaults? faults = null)
    {
        var query = new Dictionary<string, string>(StringComparer.Ordinal);
        if (tag is not null)
        {
            query["tag"] = tag;
        }

        (Model, var answer) = SwitchModel.Step(Model, new SimRequest
        {
            Method = method,
            Path = path,
            Query = query,
            ApiVersion = "13.0.0",
            Body = body is null ? default : Encoding.UTF8.GetBytes(body),
            Now = time.Now,
            NewId = Guid.Empty,
            Faults = faults ?? ModelFaults.None,
        });
        return answer;
    }

    private ValueTask<DeviceOutcome<T>> Write<T>(string method, string path, string? tag, string? body, T value)
    {
        Writes++;
        return Call(() =>
        {
            var isMidway = Trouble > 0 && dice.NextDouble() < Trouble / 4;
            var answer = Step(method, path, tag, body, isMidway ? ModelFaults.None with { FailsMidway = true } : null);
            return answer.Error is { } error
                ? new DeviceOutcome<T>.Rejected(answer.Status, error.Code, error.Message)
                : (DeviceOutcome<T>)new DeviceOutcome<T>.Answered(answer.Status, value);
        });
    }

    private ValueTask<DeviceOutcome<T>> Call<T>(Func<DeviceOutcome<T>> act)
    {
        var answered = new TaskCompletionSource<DeviceOutcome<T>>();
        _calls.Add(() => answered.SetResult(Happen(act)));
        return new ValueTask<DeviceOutcome<T>>(answered.Task);
    }

    private DeviceOutcome<T> Happen<T>(Func<DeviceOutcome<T>> act)
    {
        if (IsDown)
        {
            return new DeviceOutcome<T>.Unreachable("connection refused", _since);
        }

        if (dice.NextDouble() >= Trouble)
        {
            return act();
        }

        switch (dice.Next(4))
        {
            case 0:
                return new DeviceOutcome<T>.Rejected(500, null, "fault");
            case 1:
                return new DeviceOutcome<T>.Rejected(503, null, "Service Unavailable");
            case 2:
                act();
                return new DeviceOutcome<T>.NoAnswer("closed");
            default:
                act();
                return new DeviceOutcome<T>.Rejected(500, "Internal", "after");
        }
    }
}

/// <summary>The two switches of a rack.</summary>
internal sealed class PureSwitches(ImmutableSortedDictionary<string, PureSwitch> switches) : ISwitchPorts
{
    public ImmutableDictionary<string, ISwitchPort> Known => switches.ToImmutableDictionary(s => s.Key, s => (ISwitchPort)s.Value);

    public ISwitchPort For(string key, Uri address) => switches[key];
}
