using Gantry.Primitives;

namespace Gantry.Api;

/// <summary>Status and Nexus <c>error_code</c> of each kind of refusal (vmm-sled-rack 5.1, operator-experience 5).</summary>
internal static class RefusalStatus
{
    public static (int Status, string? ErrorCode) Of(RefusalKind kind) => kind switch
    {
        RefusalKind.InvalidRequest => (400, "InvalidRequest"),
        RefusalKind.InvalidValue => (400, "InvalidValue"),
        RefusalKind.AlreadyExists => (400, "ObjectAlreadyExists"),
        RefusalKind.Unauthorized => (401, "Unauthorized"),
        RefusalKind.Forbidden => (403, "Forbidden"),
        RefusalKind.NotFound => (404, "ObjectNotFound"),
        RefusalKind.Conflict => (409, "Conflict"),
        RefusalKind.Gone => (410, "Gone"),
        RefusalKind.GenerationMoved => (412, "PreconditionFailed"),
        RefusalKind.KeyReused => (422, "IdempotencyKeyReused"),
        RefusalKind.GenerationRequired => (428, "PreconditionRequired"),
        RefusalKind.TooManyRequests => (429, "TooManyRequests"),
        RefusalKind.Bug => (500, "Internal"),
        RefusalKind.DeviceUnreachable => (502, "Internal"),
        RefusalKind.Unavailable => (503, "ServiceNotAvailable"),
        RefusalKind.MachineGone => (503, null),
        RefusalKind.DeviceTimeout => (504, "Internal"),
        RefusalKind.InsufficientCapacity => (507, "InsufficientCapacity"),
        _ => throw Invariant.Unreachable($"refusal kind {kind} has no status"),
    };
}
