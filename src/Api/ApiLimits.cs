namespace Gantry.Api;

/// <summary>Bounds of the gateway, each with its source.</summary>
internal static class ApiLimits
{
    /// <summary>The largest request body (README of the specs: 64 KiB); above it 400.</summary>
    public const int BodyBytesMax = 64 * 1024;

    /// <summary>How deep a body may nest; far above any shape that we define.</summary>
    public const int BodyDepthMax = 32;

    /// <summary>Page size when none is asked for.</summary>
    public const int PageDefault = 100;

    /// <summary>A larger page is cut to this.</summary>
    public const int PageMax = 10_000;

    /// <summary>The longest page token, in characters (vmm-sled-rack 5.1).</summary>
    public const int PageTokenLengthMax = 512;

    /// <summary>The longest scan parameters (filter, project, order) that fit a page token beside its last key, in bytes.</summary>
    public const int ScanParametersBytesMax = 192;

    /// <summary>Tests in one filter.</summary>
    public const int FilterTestsMax = 8;

    /// <summary>The longest idempotency key that a client may send, in characters (operator-experience 5).</summary>
    public const int IdempotencyKeyLengthMax = 64;

    /// <summary>The longest value of a query parameter, in characters; a page token is the longest legal one.</summary>
    public const int QueryValueLengthMax = 512;

    /// <summary>The longest bearer token looked at, in characters.</summary>
    public const int BearerLengthMax = 256;

    /// <summary>Writes a caller may send per second, sustained (engine 9).</summary>
    public const int CommandsPerSecond = 200;

    /// <summary>Writes a caller may send at once (engine 9).</summary>
    public const int CommandsBurst = 400;

    /// <summary>Callers whose rate is remembered; beyond it the fullest buckets are forgotten, which only helps their owners.</summary>
    public const int CallersTrackedMax = 10_000;

    /// <summary>Deadline of an ordinary call.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <summary>Deadline of a call that waits for a sled.</summary>
    public static readonly TimeSpan DeadlineOfSledCalls = TimeSpan.FromSeconds(90);

    /// <summary>What the gateway adds to a deadline before it gives up on its own code.</summary>
    public static readonly TimeSpan DeadlineGrace = TimeSpan.FromSeconds(2);
}
