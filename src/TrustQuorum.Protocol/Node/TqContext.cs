using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>What the parts of one node share: durable state, peers, what is to be sent.</summary>
internal sealed class TqContext(BaseboardId self, TqPersistentState state, ISecretRandom random, TqMutations mutations)
{
    /// <summary>Alarms kept until the restart; our own bound.</summary>
    public const int AlarmsMax = 64;

    private readonly List<BaseboardId> _connected = [];
    private readonly List<TqAlarm> _alarms = [];

    public BaseboardId Self { get; } = self;

    public ISecretRandom Random { get; } = random;

    public TqPersistentState State { get; private set; } = state;

    public bool IsUnsaved { get; private set; }

    public List<TqEnvelope> Outbox { get; } = [];

    public IReadOnlyList<BaseboardId> Connected => _connected;

    public IReadOnlyList<TqAlarm> Alarms => _alarms;

    public Action<TqNote>? OnNote { get; set; }

    public bool Lacks(TqMutations line) => (mutations & line) != TqMutations.None;

    /// <summary>Takes a new durable state, which is saved before anything leaves.</summary>
    public void Change(TqPersistentState state)
    {
        State = state;
        IsUnsaved = true;
    }

    public void Saved() => IsUnsaved = false;

    public void Send(BaseboardId to, TqMessage message)
    {
        Invariant.Check(to != Self, "a node never sends to itself");
        var rack = State.RackId;
        Invariant.Check(rack is not null, "a node that sends knows its rack");
        Outbox.Add(new TqEnvelope(to, Self, rack.Value, message));
    }

    public bool IsConnected(BaseboardId peer) => _connected.Contains(peer);

    public void Connect(BaseboardId peer)
    {
        if (!_connected.Contains(peer))
        {
            _connected.Add(peer);
        }
    }

    public void Disconnect(BaseboardId peer) => _connected.Remove(peer);

    public void Note(TqNoteKind kind, ulong epoch = 0, BaseboardId? peer = null) => OnNote?.Invoke(new TqNote(kind, epoch, peer));

    public TqAlarm Raise(TqAlarm alarm, ulong epoch)
    {
        // The first ones tell most; a peer that repeats itself must not fill the memory.
        if (_alarms.Count < AlarmsMax && !_alarms.Contains(alarm))
        {
            _alarms.Add(alarm);
        }

        Note(TqNoteKind.Alarm, epoch);
        return alarm;
    }
}
