using System.Diagnostics;

namespace Gantry.Devices;

/// <summary>A call that was accepted and has not ended.</summary>
internal abstract class PendingCall(long id, string operation, CallClass kind, TimeSpan came) : IDisposable
{
    public long Id { get; } = id;

    public string Operation { get; } = operation;

    public CallClass Kind { get; } = kind;

    public TimeSpan Came { get; } = came;

    /// <summary>What the caller was doing: the call belongs to that trace, whoever makes room for it (engine 10.2).</summary>
    public Activity? Cause { get; } = Activity.Current;

    /// <summary>Set under the adapter's lock when the kernel starts it.</summary>
    public bool IsStarted { get; set; }

    /// <summary>Ends it without an answer.</summary>
    public abstract void Fail(CallFailure failure, string? why, DateTimeOffset since);

    /// <summary>Ends it as cancelled by its caller.</summary>
    public abstract void Cancel();

    /// <summary>Sends it.</summary>
    public abstract Task<CallEnd> RunAsync(DeviceHttp http, Func<bool>? mayWrite, CancellationToken stopped);

    public abstract void Dispose();
}

/// <summary>How a call ended.</summary>
/// <param name="Sign">What it says of the device.</param>
/// <param name="Result">Its name for metrics.</param>
/// <param name="Why">What went wrong, if anything.</param>
/// <param name="Publish">Tells the caller.</param>
internal readonly record struct CallEnd(CallSign Sign, string Result, string? Why, Action Publish);

/// <summary>Why a call ends without an answer.</summary>
internal enum CallFailure
{
    Overloaded,
    Unreachable,
    NoAnswer,
}

/// <inheritdoc/>
internal sealed class PendingCall<T> : PendingCall
{
    private readonly DeviceCall<T> _call;
    private readonly TaskCompletionSource<DeviceOutcome<T>> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _deadline;
    private readonly CancellationTokenSource _both;
    private readonly CancellationToken _caller;
    private readonly TimeSpan _allowed;

    public PendingCall(long id, DeviceCall<T> call, TimeSpan allowed, TimeSpan came, TimeProvider time, CancellationToken caller)
        : base(id, call.Operation, call.Class, came)
    {
        _call = call;
        _allowed = allowed;
        _caller = caller;
        _deadline = new CancellationTokenSource(allowed, time);
        _both = CancellationTokenSource.CreateLinkedTokenSource(_deadline.Token, caller);
    }

    public Task<DeviceOutcome<T>> Done => _done.Task;

    public CancellationToken GivenUp => _both.Token;

    public bool IsCallerGone => _caller.IsCancellationRequested;

    public override void Fail(CallFailure failure, string? why, DateTimeOffset since) => _done.TrySetResult(failure switch
    {
        CallFailure.Overloaded when why is null => new DeviceOutcome<T>.Overloaded(AdapterLimits.RetryAfter),
        CallFailure.Overloaded => new DeviceOutcome<T>.Overloaded(AdapterLimits.RetryAfter, why),
        CallFailure.NoAnswer => new DeviceOutcome<T>.NoAnswer(why ?? ""),
        _ => new DeviceOutcome<T>.Unreachable(why ?? "", since),
    });

    public override void Cancel() => _done.TrySetCanceled(_caller);

    public override async Task<CallEnd> RunAsync(DeviceHttp http, Func<bool>? mayWrite, CancellationToken stopped)
    {
        if (Kind == CallClass.Write && mayWrite?.Invoke() == false)
        {
            // Not the device's doing: it must not count as one that cannot be reached.
            var fenced = new DeviceOutcome<T>.Overloaded(
                AdapterLimits.RetryAfter, "this node has not confirmed within the last second that it owns the device's shard");
            return new CallEnd(CallSign.None, "fenced", null, () => _done.TrySetResult(fenced));
        }

        using var any = CancellationTokenSource.CreateLinkedTokenSource(_both.Token, stopped);
        try
        {
            var outcome = await _call.Send(http, any.Token).ConfigureAwait(false);
            return new CallEnd(Sign(outcome), Name(outcome), outcome.Describe(), () => _done.TrySetResult(outcome));
        }
        catch (OperationCanceledException) when (_caller.IsCancellationRequested)
        {
            return new CallEnd(CallSign.None, "cancelled", null, Cancel);
        }
        catch (OperationCanceledException) when (_deadline.IsCancellationRequested)
        {
            var late = new DeviceOutcome<T>.NoAnswer($"nothing came within {_allowed.TotalSeconds:0.###} s");
            return new CallEnd(CallSign.Failure, "no_answer", late.Describe(), () => _done.TrySetResult(late));
        }
        catch (OperationCanceledException) when (stopped.IsCancellationRequested)
        {
            var gone = new DeviceOutcome<T>.NoAnswer("the adapter was stopped during the call");
            return new CallEnd(CallSign.None, "stopped", null, () => _done.TrySetResult(gone));
        }
    }

    public override void Dispose()
    {
        _both.Dispose();
        _deadline.Dispose();
    }

    private static CallSign Sign(DeviceOutcome<T> outcome) =>
        outcome is DeviceOutcome<T>.Unreachable or DeviceOutcome<T>.NoAnswer ? CallSign.Failure : CallSign.Life;

    private static string Name(DeviceOutcome<T> outcome) => outcome switch
    {
        DeviceOutcome<T>.Answered => "answered",
        DeviceOutcome<T>.Rejected { Status: >= 500 } => "rejected_5xx",
        DeviceOutcome<T>.Rejected => "rejected_4xx",
        DeviceOutcome<T>.Unreachable => "unreachable",
        DeviceOutcome<T>.NoAnswer => "no_answer",
        DeviceOutcome<T>.Garbled => "garbled",
        _ => "overloaded",
    };
}
