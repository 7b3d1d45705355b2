using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Gantry.Devices;
using Gantry.Multicast;

namespace Gantry.Areas.Tests.Multicast;

/// <summary>A switch daemon in strict mode, in process: the rules of switch-dpd 1 to 3 that the reconciler relies on, and faults on demand.</summary>
internal sealed class FakeSwitch : ISwitchPort
{
    private readonly SortedDictionary<Ip, SwitchGroup> _groups = [];
    private readonly Lock _lock = new();
    private int _ids = 65534;

    /// <summary>Refuses connections.</summary>
    public bool IsDown { get; set; }

    /// <summary>Answers every write with 500 and does nothing.</summary>
    public bool IsFailing { get; set; }

    /// <summary>Answers the next write with what a chip says that disagrees with soft state: 409 without a code. Once.</summary>
    public bool DivergesOnce { get; set; }

    /// <summary>Does every write and answers none.</summary>
    public bool DropsAnswers { get; set; }

    /// <summary>Answers a call, by the name of its method, with this status and does nothing; null lets it pass.</summary>
    public Func<string, int?>? Refuses { get; set; }

    /// <summary>How many more writes this node may send; the rest is turned away by its own adapter. Null for all.</summary>
    public int? WritesAllowed { get; set; }

    /// <summary>Writes so far.</summary>
    public int Writes => Calls.Count;

    /// <summary>Writes so far by the names of their methods, those included that were refused.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>What it holds.</summary>
    public ImmutableArray<SwitchGroup> Groups
    {
        get
        {
            lock (_lock)
            {
                return [.. _groups.Values];
            }
        }
    }

    public DeviceStatus Status => IsDown
        ? new DeviceStatus(DeviceState.Down, DateTimeOffset.UnixEpoch, "connection refused", 0)
        : new DeviceStatus(DeviceState.Up, DateTimeOffset.UnixEpoch, null, 0);

    public long Rebirths { get; private set; }

    /// <summary>Forgets everything, as a restart does.</summary>
    public void Restart()
    {
        lock (_lock)
        {
            _groups.Clear();
            _ids = 65534;
            Rebirths++;
        }
    }

    /// <summary>Puts an object there that nobody asked for.</summary>
    public void Plant(SwitchGroup group)
    {
        lock (_lock)
        {
            _groups[Ip.Parse(group.Address)] = group;
        }
    }

    /// <summary>Takes an object away behind everybody's back.</summary>
    public void Lose(string address)
    {
        lock (_lock)
        {
            _groups.Remove(Ip.Parse(address));
        }
    }

    public ValueTask<DeviceOutcome<SwitchIdentifiers>> IdentifiersAsync(CancellationToken ct) =>
        Read(() => new SwitchIdentifiers(Guid.Empty, "model", 1, "serial", 0));

    public ValueTask<DeviceOutcome<ImmutableDictionary<string, BackplaneLink>>> BackplaneMapAsync(CancellationToken ct) =>
        Read(() => Enumerable.Range(0, 32).ToImmutableDictionary(i => $"rear{i}", i => new BackplaneLink(i)));

    public ValueTask<DeviceOutcome<ImmutableArray<SwitchGroup>>> ListGroupsAsync(CancellationToken ct) =>
        Read(() => _groups.Values.ToImmutableArray());

    public ValueTask<DeviceOutcome<ImmutableArray<SwitchGroup>>> ListByTagAsync(string tag, CancellationToken ct) =>
        Read(() => _groups.Values.Where(g => g.Tag == tag).ToImmutableArray());

    public ValueTask<DeviceOutcome<SwitchGroup>> GetGroupAsync(string address, CancellationToken ct) =>
        ValueTask.FromResult<DeviceOutcome<SwitchGroup>>(_groups.TryGetValue(Ip.Parse(address), out var group)
            ? new DeviceOutcome<SwitchGroup>.Answered(200, group)
            : Rejected<SwitchGroup>(404));

    public ValueTask<DeviceOutcome<SwitchGroup>> CreateUnderlayAsync(UnderlayGroupBody body, CancellationToken ct) => Write(() =>
    {
        var address = Ip.Parse(body.Address);
        if (!MulticastRanges.Underlay.Contains(address) || body.Members.Distinct().Count() != body.Members.Length)
        {
            return Rejected<SwitchGroup>(400);
        }

        return Put(address, new SwitchGroup
        {
            Address = body.Address,
            IsUnderlay = true,
            Tag = body.Tag,
            ExternalGroupId = _ids -= 2,
            Members = body.Members,
        });
    });

    public ValueTask<DeviceOutcome<SwitchGroup>> SetMembersAsync(
        string address, string tag, ImmutableArray<SwitchMember> members, CancellationToken ct) =>
        Write(() => Change(address, tag, group => group with { Members = members }));

    public ValueTask<DeviceOutcome<SwitchGroup>> CreateExternalAsync(ExternalGroupBody body, CancellationToken ct) => Write(() =>
    {
        var address = Ip.Parse(body.Address);
        var isSsmWithout = MulticastRanges.IsSsm(address) && body.Sources.IsEmpty;
        return isSsmWithout || !_groups.TryGetValue(Ip.Parse(body.Nat.InternalAddress), out var underlay)
            ? Rejected<SwitchGroup>(400)
            : Put(address, External(body) with { ExternalGroupId = underlay.ExternalGroupId });
    });

    public ValueTask<DeviceOutcome<SwitchGroup>> UpdateExternalAsync(ExternalGroupBody body, CancellationToken ct) =>
        Write(() => Change(body.Address, body.Tag, group => External(body) with { ExternalGroupId = group.ExternalGroupId }));

    public ValueTask<DeviceOutcome<NoContent>> DeleteGroupAsync(string address, string tag, CancellationToken ct) =>
        Write(() => Delete(Ip.Parse(address), tag));

    public ValueTask<DeviceOutcome<NoContent>> ResetTagAsync(string tag, CancellationToken ct) => Write<NoContent>(() =>
    {
        foreach (var group in _groups.Values.Where(g => g.Tag == tag).OrderBy(g => g.IsUnderlay).ToList())
        {
            if (Delete(Ip.Parse(group.Address), tag) is DeviceOutcome<NoContent>.Rejected rejected)
            {
                return rejected;
            }
        }

        return new DeviceOutcome<NoContent>.Answered(204, NoContent.Value);
    });

    public ValueTask<DeviceOutcome<NoContent>> ResetAllAsync(CancellationToken ct) => Write<NoContent>(() =>
    {
        _groups.Clear();
        return new DeviceOutcome<NoContent>.Answered(204, NoContent.Value);
    });

    private static SwitchGroup External(ExternalGroupBody body) => new()
    {
        Address = body.Address,
        IsUnderlay = false,
        Tag = body.Tag,
        ExternalGroupId = 0,
        Nat = body.Nat,
        VlanId = body.VlanId,
        Sources = body.Sources,
    };

    private DeviceOutcome<SwitchGroup> Put(Ip address, SwitchGroup group) => _groups.TryAdd(address, group)
        ? new DeviceOutcome<SwitchGroup>.Answered(201, group)
        : new DeviceOutcome<SwitchGroup>.Rejected(409, "group exists", "Conflict");

    private DeviceOutcome<SwitchGroup> Change(string address, string tag, Func<SwitchGroup, SwitchGroup> change)
    {
        var key = Ip.Parse(address);
        if (!_groups.TryGetValue(key, out var group))
        {
            return Rejected<SwitchGroup>(404);
        }

        if (group.Tag != tag)
        {
            return Rejected<SwitchGroup>(400);
        }

        return new DeviceOutcome<SwitchGroup>.Answered(200, _groups[key] = change(group));
    }

    private DeviceOutcome<NoContent> Delete(Ip address, string tag)
    {
        if (_groups.Values.Any(g => g.Nat is { } nat && Ip.Parse(nat.InternalAddress) == address))
        {
            return Rejected<NoContent>(400);
        }

        if (!_groups.TryGetValue(address, out var group))
        {
            return Rejected<NoContent>(404);
        }

        if (group.Tag != tag)
        {
            return Rejected<NoContent>(400);
        }

        _groups.Remove(address);
        return new DeviceOutcome<NoContent>.Answered(204, NoContent.Value);
    }

    private static DeviceOutcome<T> Rejected<T>(int status) =>
        new DeviceOutcome<T>.Rejected(status, status is 404 or 409 ? "detail" : null, "refused");

    private ValueTask<DeviceOutcome<T>> Read<T>(Func<T> read, [CallerMemberName] string call = "")
    {
        lock (_lock)
        {
            if (Refuses?.Invoke(call) is { } status)
            {
                return ValueTask.FromResult<DeviceOutcome<T>>(new DeviceOutcome<T>.Rejected(status, null, "refused"));
            }

            return ValueTask.FromResult<DeviceOutcome<T>>(IsDown
                ? new DeviceOutcome<T>.Unreachable("connection refused", DateTimeOffset.UnixEpoch)
                : new DeviceOutcome<T>.Answered(200, read()));
        }
    }

    private ValueTask<DeviceOutcome<T>> Write<T>(Func<DeviceOutcome<T>> write, [CallerMemberName] string call = "")
    {
        lock (_lock)
        {
            if (IsDown)
            {
                return ValueTask.FromResult<DeviceOutcome<T>>(
                    new DeviceOutcome<T>.Unreachable("connection refused", DateTimeOffset.UnixEpoch));
            }

            if (WritesAllowed is 0)
            {
                return ValueTask.FromResult<DeviceOutcome<T>>(new DeviceOutcome<T>.Overloaded(TimeSpan.FromSeconds(1), "this node has not confirmed the shard"));
            }

            WritesAllowed--;
            Calls.Add(call);
            if (Refuses?.Invoke(call) is { } status)
            {
                return ValueTask.FromResult<DeviceOutcome<T>>(new DeviceOutcome<T>.Rejected(status, null, "refused"));
            }

            if (IsFailing)
            {
                return ValueTask.FromResult<DeviceOutcome<T>>(new DeviceOutcome<T>.Rejected(503, null, "Service Unavailable"));
            }

            if (DivergesOnce)
            {
                DivergesOnce = false;
                return ValueTask.FromResult<DeviceOutcome<T>>(new DeviceOutcome<T>.Rejected(409, null, "table entry exists"));
            }

            var outcome = write();
            return ValueTask.FromResult(DropsAnswers ? new DeviceOutcome<T>.NoAnswer("connection closed") : outcome);
        }
    }
}

/// <summary>The two fakes of a rack by key.</summary>
internal sealed class FakeSwitches(ImmutableDictionary<string, FakeSwitch> switches) : ISwitchPorts
{
    public ImmutableDictionary<string, ISwitchPort> Known { get; } =
        switches.ToImmutableDictionary(s => s.Key, s => (ISwitchPort)s.Value);

    /// <summary>Keys of switches that are not recorded any more.</summary>
    public List<string> Forgotten { get; } = [];

    public ISwitchPort For(string key, Uri address) => switches[key];

    public void Forget(string key) => Forgotten.Add(key);
}
