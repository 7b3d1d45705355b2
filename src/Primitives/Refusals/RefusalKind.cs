namespace Gantry.Primitives;

/// <summary>
/// The class of a refusal, which fixes the HTTP status and the Nexus <c>error_code</c> at the gateway
/// (operator-experience 5, vmm-sled-rack 5.1).
/// </summary>
public enum RefusalKind
{
    /// <summary>400 <c>InvalidRequest</c>.</summary>
    InvalidRequest,

    /// <summary>400 <c>InvalidValue</c>.</summary>
    InvalidValue,

    /// <summary>400 <c>ObjectAlreadyExists</c>: a name or a link exists already.</summary>
    AlreadyExists,

    /// <summary>401 <c>Unauthorized</c>.</summary>
    Unauthorized,

    /// <summary>403 <c>Forbidden</c>.</summary>
    Forbidden,

    /// <summary>404 <c>ObjectNotFound</c>: absent, or hidden from the caller.</summary>
    NotFound,

    /// <summary>409 <c>Conflict</c>: the object is in a state that does not allow it.</summary>
    Conflict,

    /// <summary>410 <c>Gone</c>.</summary>
    Gone,

    /// <summary>412 <c>PreconditionFailed</c>: the generation asked for is not the present one.</summary>
    GenerationMoved,

    /// <summary>422 <c>IdempotencyKeyReused</c>: the key was used with another body.</summary>
    KeyReused,

    /// <summary>428 <c>PreconditionRequired</c>.</summary>
    GenerationRequired,

    /// <summary>429 <c>TooManyRequests</c>.</summary>
    TooManyRequests,

    /// <summary>503 <c>ServiceNotAvailable</c>.</summary>
    Unavailable,

    /// <summary>503 without a code: the machine is not on its sled any more and is being moved to failed (vmm 3.7).</summary>
    MachineGone,

    /// <summary>502 <c>Internal</c>: a sled or switch could not be reached.</summary>
    DeviceUnreachable,

    /// <summary>504 <c>Internal</c>: a sled or switch did not answer in time.</summary>
    DeviceTimeout,

    /// <summary>507 <c>InsufficientCapacity</c>.</summary>
    InsufficientCapacity,

    /// <summary>500 <c>Internal</c>: our bug. Never used for anything a caller can cause.</summary>
    Bug,
}
