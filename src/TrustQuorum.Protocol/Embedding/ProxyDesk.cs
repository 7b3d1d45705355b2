namespace Gantry.TrustQuorum.Protocol;

/// <summary>Calls passed on to a peer that wait for their answer (tq 4.14). Guarded by its own lock.</summary>
internal sealed class ProxyDesk
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, (TqLink Link, TaskCompletionSource<TqProxyAnswer> Answer)> _open = [];

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _open.Count;
            }
        }
    }

    /// <summary>Opens a call; false when too many are open.</summary>
    public bool TryOpen(Guid id, TqLink link, out Task<TqProxyAnswer> answer)
    {
        var source = new TaskCompletionSource<TqProxyAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        answer = source.Task;
        lock (_lock)
        {
            return _open.Count < TqNodeHostOptions.ApiQueueMax && _open.TryAdd(id, (link, source));
        }
    }

    public void Close(Guid id)
    {
        lock (_lock)
        {
            _open.Remove(id);
        }
    }

    public void Answer(Guid id, TqLink from, TqProxyAnswer answer)
    {
        lock (_lock)
        {
            if (_open.TryGetValue(id, out var call) && call.Link == from)
            {
                _open.Remove(id);
                call.Answer.TrySetResult(answer);
            }
        }
    }

    /// <summary>The session is gone: nobody will answer.</summary>
    public void Drop(TqLink link)
    {
        lock (_lock)
        {
            foreach (var id in _open.Where(o => o.Value.Link == link).Select(o => o.Key).ToList())
            {
                _open[id].Answer.TrySetResult(new TqProxyAnswer.Refused(TqError.Disconnected));
                _open.Remove(id);
            }
        }
    }
}
