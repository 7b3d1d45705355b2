namespace Gantry.Cli;

/// <summary>What a script may conclude (operator-experience 2.4).</summary>
public static class ExitCodes
{
    /// <summary>Done, or already so.</summary>
    public const int Ok = 0;

    /// <summary>Unexpected: a bug or an unknown answer.</summary>
    public const int Unexpected = 1;

    /// <summary>Usage, or a prompt was needed.</summary>
    public const int Usage = 2;

    /// <summary>No such object.</summary>
    public const int NotFound = 3;

    /// <summary>Refused: state, conflict, stale generation.</summary>
    public const int Refused = 4;

    /// <summary>Not signed in, or not allowed.</summary>
    public const int NotAllowed = 5;

    /// <summary>Unreachable or overloaded; nothing was done.</summary>
    public const int Unreachable = 6;

    /// <summary>Gave up waiting; the operation goes on.</summary>
    public const int StillGoing = 7;

    /// <summary>The operation ended in failure.</summary>
    public const int Failed = 8;

    /// <summary>A check found a difference.</summary>
    public const int Difference = 9;

    /// <summary>Interrupted; the operation goes on.</summary>
    public const int Interrupted = 130;

    /// <summary>From an HTTP status.</summary>
    public static int OfStatus(int status) => status switch
    {
        401 or 403 => NotAllowed,
        404 => NotFound,
        400 or 405 or 409 or 410 or 412 or 422 or 428 or 507 => Refused,
        429 or 502 or 503 => Unreachable,
        _ => Unexpected,
    };
}
