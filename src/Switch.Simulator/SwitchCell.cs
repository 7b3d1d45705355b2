using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Switch.Simulator;

/// <summary>Holds the state of one switch and steps it, one request at a time (C1). Thread-safe.</summary>
internal sealed class SwitchCell
{
    private const int RequestsKept = 4096;
    private const int SegmentsMax = 64;
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly IRandomSource _dice;
    private SwitchState _state;
    private ImmutableQueue<SeenRequest> _requests = [];
    private int _requestCount;
    private int _connections;
    private ImmutableDictionary<string, long> _requestsOf = ImmutableDictionary.Create<string, long>(StringComparer.Ordinal);

    public SwitchCell(SwitchSimulatorOptions options, IRandomSource dice)
    {
        _time = options.Time;
        _dice = dice;
        _state = SwitchState.Fresh(options.Slot, dice.NewGuid(), options.Time.GetUtcNow(), options.Mode);
    }

    public SwitchState State => _state;

    public int Connections => _connections;

    public void CountConnection() => Interlocked.Increment(ref _connections);

    public ImmutableArray<SeenRequest> Requests => [.. _requests];

    /// <summary>Requests so far whose path begins with the segment.</summary>
    public long RequestsOf(string segment) => _requestsOf.GetValueOrDefault(segment);

    /// <summary>An id for a request; the dice are not thread-safe.</summary>
    public Guid NewId()
    {
        lock (_lock)
        {
            return _dice.NewGuid();
        }
    }

    public SimAnswer Step(SimRequest request)
    {
        lock (_lock)
        {
            (_state, var answer) = SwitchModel.Step(_state, request with { Now = _time.GetUtcNow() });
            return answer;
        }
    }

    public void Change(Func<SwitchState, DateTimeOffset, SwitchState> change)
    {
        lock (_lock)
        {
            _state = change(_state, _time.GetUtcNow());
        }
    }

    public void Note(SeenRequest request)
    {
        lock (_lock)
        {
            _requests = _requests.Enqueue(request);
            var end = request.Path.AsSpan(1).IndexOfAny('/', '?');
            var segment = end < 0 ? request.Path : request.Path[..(end + 1)];
            _requestsOf = _requestsOf.Count < SegmentsMax || _requestsOf.ContainsKey(segment)
                ? _requestsOf.SetItem(segment, _requestsOf.GetValueOrDefault(segment) + 1)
                : _requestsOf;
            if (++_requestCount > RequestsKept)
            {
                _requests = _requests.Dequeue();
                _requestCount--;
            }
        }
    }
}

/// <summary>A request that was received, with the status it got; 0 when it got no answer.</summary>
public sealed record SeenRequest(string Method, string Path, string Body, int Status, string AnswerBody);
