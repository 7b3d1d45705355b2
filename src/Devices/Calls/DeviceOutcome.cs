namespace Gantry.Devices;

/// <summary>
/// What came back from a device, as it is; what it means is decided in the area (engine 7.1).
/// </summary>
public abstract record DeviceOutcome<T>
{
    private DeviceOutcome()
    {
    }

    /// <summary>A 2xx answer.</summary>
    public sealed record Answered(int Status, T Value) : DeviceOutcome<T>;

    /// <summary>A 4xx or 5xx answer. The presence of <paramref name="ErrorCode"/> matters (switch-dpd E1).</summary>
    public sealed record Rejected(int Status, string? ErrorCode, string Message) : DeviceOutcome<T>;

    /// <summary>Refused, reset before anything was sent, or the adapter is <c>down</c>. Certainly nothing was done.</summary>
    public sealed record Unreachable(string Why, DateTimeOffset Since) : DeviceOutcome<T>;

    /// <summary>No answer within the deadline, or the connection broke: may have been done. Read next, never repeat blindly.</summary>
    public sealed record NoAnswer(string Why) : DeviceOutcome<T>
    {
        /// <summary>The connection broke; false: the deadline passed.</summary>
        public bool IsBroken { get; init; }
    }

    /// <summary>An answer that cannot be read.</summary>
    public sealed record Garbled(int Status, string Why) : DeviceOutcome<T>;

    /// <summary>The adapter's mailbox is full, or the fence lets no write start now: nothing was done, and nothing is known of the device.</summary>
    public sealed record Overloaded(TimeSpan RetryAfter, string Why = "its adapter has too much to do") : DeviceOutcome<T>;

    /// <summary>One line for logs and status rows.</summary>
    public string Describe() => this switch
    {
        Answered a => $"answered {a.Status}",
        Rejected r => $"answered {r.Status}{(r.ErrorCode is null ? "" : $" ({r.ErrorCode})")}: {r.Message}",
        Unreachable u => $"cannot connect since {u.Since:O}: {u.Why}",
        NoAnswer n => $"no answer: {n.Why}",
        Garbled g => $"unreadable answer {g.Status}: {g.Why}",
        Overloaded o => o.Why,
        _ => "unknown",
    };
}

/// <summary>The value of calls that answer nothing.</summary>
public sealed record NoContent
{
    /// <summary>The only value.</summary>
    public static readonly NoContent Value = new();
}

/// <summary>How a device stands, as its adapter sees it.</summary>
public enum DeviceState
{
    /// <summary>It answers.</summary>
    Up,

    /// <summary>The last connection was refused or broken, or the last call timed out; probed every second.</summary>
    Suspect,

    /// <summary>Three in a row, or 10 s of suspect: calls fail at once until a probe succeeds.</summary>
    Down,
}

/// <summary>A device's standing with its history.</summary>
/// <param name="State">The state.</param>
/// <param name="Since">Since when.</param>
/// <param name="LastError">What made it so; null when up.</param>
/// <param name="QueueDepth">Calls waiting.</param>
public sealed record DeviceStatus(DeviceState State, DateTimeOffset Since, string? LastError, int QueueDepth);
