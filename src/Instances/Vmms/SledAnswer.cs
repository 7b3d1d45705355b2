using Gantry.Devices;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>What a sled's answer to a pull or a state change means (vmm 3.7). Pure.</summary>
internal static class SledAnswer
{
    private const string NoSuchInstance = "NO_SUCH_INSTANCE";

    /// <summary>The one answer that proves a VMM lost: 404 with this code. Never a time-out, a 410 or another 4xx or 5xx (invariant 13).</summary>
    public static bool IsGone<T>(DeviceOutcome<T> outcome) =>
        outcome is DeviceOutcome<T>.Rejected { Status: 404, ErrorCode: NoSuchInstance };

    /// <summary>Why an answer that is neither a state nor "gone" says nothing certain (vmm 3.9).</summary>
    public static string IncompleteWord<T>(DeviceOutcome<T> outcome) => outcome switch
    {
        DeviceOutcome<T>.Rejected rejected => rejected.Status.ToString(System.Globalization.CultureInfo.InvariantCulture),
        DeviceOutcome<T>.Garbled => PullEnd.ClientError,
        DeviceOutcome<T>.Overloaded => PullEnd.ClientError,
        _ => PullEnd.Unreachable,
    };

    /// <summary>Nothing at all was done at the sled.</summary>
    public static bool IsSurelyNotSent<T>(DeviceOutcome<T> outcome) =>
        outcome is DeviceOutcome<T>.Unreachable or DeviceOutcome<T>.Overloaded;

    /// <summary>A pull is worth while because the sled may have done something that it did not tell.</summary>
    public static bool IsOwedPull<T>(DeviceOutcome<T> outcome) =>
        outcome is DeviceOutcome<T>.NoAnswer or DeviceOutcome<T>.Rejected { Status: 410 };

    /// <summary>What the user's stop or reboot comes to, when it is not "gone" (last column of 3.7).</summary>
    public static Refusal ForUser<T>(DeviceOutcome<T> outcome) => outcome switch
    {
        DeviceOutcome<T>.Rejected { Status: 503 } => InstancesErrors.SledBusy(outcome.Describe()),
        DeviceOutcome<T>.Rejected { Status: < 500 } rejected => InstancesErrors.SledRefused(rejected.Status, rejected.Message),
        DeviceOutcome<T>.Overloaded => InstancesErrors.SledBusy(outcome.Describe()),
        DeviceOutcome<T>.Unreachable => InstancesErrors.SledUnreachable(outcome.Describe()),
        DeviceOutcome<T>.NoAnswer { IsBroken: true } => InstancesErrors.SledBroke(outcome.Describe()),
        DeviceOutcome<T>.NoAnswer => InstancesErrors.SledTimeout(outcome.Describe()),
        _ => InstancesErrors.SledFault(outcome.Describe()),
    };

    /// <summary>What a start comes to: 4xx is 400, 503 is 503, everything else, transport included, is 500.</summary>
    public static Refusal ForStart<T>(DeviceOutcome<T> outcome) => outcome switch
    {
        DeviceOutcome<T>.Unreachable or DeviceOutcome<T>.NoAnswer => InstancesErrors.SledFault(outcome.Describe()),
        _ => ForUser(outcome),
    };
}
