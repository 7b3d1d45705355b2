namespace Gantry.Devices;

/// <summary>How a call is ordered among the others of its device.</summary>
public enum CallClass
{
    /// <summary>Changes the device: one after another within its sequence, in order of arrival.</summary>
    Write,

    /// <summary>Runs beside others, at most <see cref="AdapterLimits.ReadsMax"/> at once.</summary>
    Read,
}

/// <summary>What a finished call says about the life of its device.</summary>
public enum CallSign
{
    /// <summary>Nothing: the caller gave up.</summary>
    None,

    /// <summary>Any HTTP answer, 5xx included.</summary>
    Life,

    /// <summary>Refused, broken or timed out.</summary>
    Failure,
}

/// <summary>News of a device that its reconciler keys should hear.</summary>
public enum DeviceChange
{
    /// <summary>It answers again after <c>suspect</c> or <c>down</c>.</summary>
    Up,

    /// <summary>It lost its state: the next turn is a full push.</summary>
    Reborn,

    /// <summary>It does not answer any more: what it holds is not known from now on.</summary>
    Down,
}
