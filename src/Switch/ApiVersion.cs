using Gantry.Devices;

namespace Gantry.Switch;

/// <summary>
/// The version sent to one switch: the newest, and after the refusal of V1 once the oldest with the same multicast semantics
/// (switch-dpd V4). Thread-safe.
/// </summary>
internal sealed class ApiVersion
{
    private const string Refusal = "does not support this API version";
    private volatile string _current = SwitchLimits.ApiVersion;

    public string Current => _current;

    /// <summary>Sends; the version is checked before anything else, so that a refused request may be sent again.</summary>
    public async Task<DeviceOutcome<T>> SettleAsync<T>(DeviceRequest request, Func<DeviceRequest, Task<DeviceOutcome<T>>> send)
    {
        var outcome = await send(request).ConfigureAwait(false);
        if (IsRefused(outcome) && request.ApiVersion == SwitchLimits.ApiVersion)
        {
            outcome = await send(request with { ApiVersion = SwitchLimits.ApiVersionOldest }).ConfigureAwait(false);
            if (!IsRefused(outcome))
            {
                _current = SwitchLimits.ApiVersionOldest;
            }
        }

        if (!IsRefused(outcome))
        {
            return outcome;
        }

        // The daemon may have been replaced by an older one and be upgraded yet: start from the newest again.
        _current = SwitchLimits.ApiVersion;
        return new DeviceOutcome<T>.Rejected(
            400, ErrorCode: null, $"switch too old: it speaks no API version from {SwitchLimits.ApiVersionOldest} on; upgrade its daemon");
    }

    private static bool IsRefused<T>(DeviceOutcome<T> outcome) =>
        outcome is DeviceOutcome<T>.Rejected { Status: 400 } rejected
        && rejected.Message.Contains(Refusal, StringComparison.OrdinalIgnoreCase);
}
