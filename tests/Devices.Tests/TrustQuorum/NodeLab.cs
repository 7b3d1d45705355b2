using System.Collections.Immutable;
using Gantry.Primitives;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.Devices.Tests.TrustQuorum;

/// <summary>Nodes in memory with links that deliver when told: members A, B, C … of rack R, all connected unless said otherwise.</summary>
internal sealed class NodeLab
{
    public static readonly RackId R = new(Guid.Parse("0dbef452-a6dd-4831-bbdc-769ea3353f28"));
    public static readonly RackId S = new(Guid.Parse("11111111-a6dd-4831-bbdc-769ea3353f28"));

    private readonly Dictionary<string, TqPersistentState> _disks = [];
    private readonly Dictionary<string, TqNode> _nodes = [];
    private readonly HashSet<(string, string)> _links = [];
    private readonly SeededSecretRandom _random = new(7);

    public NodeLab(string names)
    {
        foreach (var name in names.Select(c => c.ToString()))
        {
            Start(name);
        }
    }

    /// <summary>Messages under way, in the order sent.</summary>
    public List<TqEnvelope> Wire { get; } = [];

    public TqNode this[string name] => _nodes[name];

    public static BaseboardId Id(string name) => new("p", name);

    public static ImmutableArray<BaseboardId> Ids(string names) => [.. names.Select(c => Id(c.ToString()))];

    public static ReconfigureMsg Message(ulong epoch, ulong? last, string members, byte threshold = 3) => new()
    {
        RackId = R, Epoch = epoch, LastCommittedEpoch = last, Members = Ids(members), Threshold = threshold,
    };

    public static LrtqUpgradeMsg Upgrade(ulong epoch, string members, byte threshold = 3) => new()
    {
        RackId = R, Epoch = epoch, Members = Ids(members), Threshold = threshold,
    };

    public void Start(string name, TqPersistentState? disk = null, bool isConnected = true)
    {
        if (disk is not null)
        {
            _disks[name] = disk;
        }

        _nodes[name] = new TqNode(Id(name), _disks.GetValueOrDefault(name, TqPersistentState.Empty), _random);
        foreach (var other in _nodes.Keys.Where(o => o != name && isConnected).ToList())
        {
            Connect(name, other);
        }
    }

    /// <summary>Ends a node: what was saved is left, sessions and messages to it are not.</summary>
    public void Crash(string name)
    {
        foreach (var other in _nodes.Keys.Where(o => o != name).ToList())
        {
            Cut(name, other);
        }

        _nodes.Remove(name);
        Wire.RemoveAll(e => e.To == Id(name));
    }

    public void Connect(string a, string b)
    {
        _links.Add((a, b));
        _links.Add((b, a));
        Do(a, n => n.Connect(Id(b)));
        Do(b, n => n.Connect(Id(a)));
    }

    public void Cut(string a, string b)
    {
        _links.Remove((a, b));
        _links.Remove((b, a));
        _nodes[a].Disconnect(Id(b));
        _nodes[b].Disconnect(Id(a));
    }

    /// <summary>One turn: input, save, send.</summary>
    public T Do<T>(string name, Func<TqNode, T> input)
    {
        var node = _nodes[name];
        var result = input(node);
        if (node.Unsaved is { } unsaved)
        {
            _disks[name] = unsaved;
            node.Saved();
        }

        foreach (var envelope in node.TakeMessages())
        {
            if (_links.Contains((name, envelope.To.SerialNumber)))
            {
                Wire.Add(envelope);
            }
        }

        return result;
    }

    public void Do(string name, Action<TqNode> input) => Do(name, n =>
    {
        input(n);
        return 0;
    });

    /// <summary>Delivers a message as from a peer.</summary>
    public void Tell(string to, string from, TqMessage message, RackId? rack = null) =>
        Do(to, n => n.Handle(new TqEnvelope(Id(to), Id(from), rack ?? R, message)));

    /// <summary>Delivers all messages that match, and those that follow from them.</summary>
    public void Deliver(Func<TqEnvelope, bool>? which = null)
    {
        while (Wire.FindIndex(e => which?.Invoke(e) != false && _nodes.ContainsKey(e.To.SerialNumber)) is >= 0 and var at)
        {
            var envelope = Wire[at];
            Wire.RemoveAt(at);
            Do(envelope.To.SerialNumber, n => n.Handle(envelope));
        }
    }

    /// <summary>Receivers of the messages of a kind that are under way, in order.</summary>
    public string To<T>() where T : TqMessage =>
        string.Concat(Wire.Where(e => e.Message is T).Select(e => e.To.SerialNumber).Order(StringComparer.Ordinal));

    public TqCommitResult Commit(string name, ulong epoch) => Do(name, n => n.Commit(R, epoch));

    /// <summary>A committed configuration.</summary>
    public TqConfiguration Form(ulong epoch, ulong? last, string members, string coordinator, byte threshold = 3, string? committing = null)
    {
        if (Do(coordinator, n => n.Reconfigure(Message(epoch, last, members, threshold))) is { } error)
        {
            throw new InvalidOperationException(error.Message);
        }

        Deliver();
        var config = _nodes[coordinator].State.Configs[epoch];
        foreach (var member in (committing ?? members).Select(c => c.ToString()))
        {
            Commit(member, epoch);
        }

        Deliver();
        return config;
    }

    /// <summary>The secret, or an error, after all shares came.</summary>
    public TqLoadResult Load(string name, ulong epoch)
    {
        var first = Do(name, n => n.Load(epoch));
        Deliver();
        return first.IsPending ? Do(name, n => n.Load(epoch)) : first;
    }

    public string Secret(string name, ulong epoch) =>
        Load(name, epoch).Secret is { } secret ? Hex.Of(secret.Span) : throw new InvalidOperationException($"{name} has no secret of {epoch}");
}
