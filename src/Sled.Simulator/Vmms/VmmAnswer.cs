namespace Gantry.Sled.Simulator;

/// <summary>How the sled answers a request about a VMM: with the VMM as it is after it, or with an error.</summary>
internal readonly record struct VmmAnswer(Vmm? After, SledError? Error)
{
    public static VmmAnswer Is(Vmm after) => new(after, null);

    public static VmmAnswer Refuse(int status, string? code, string message) => new(null, new SledError(status, code, message));
}

/// <summary>An error body with its status.</summary>
internal sealed record SledError(int Status, string? Code, string Message)
{
    /// <summary>The sled does not know the VMM: the only answer from which a control plane may conclude that it is gone.</summary>
    public static readonly SledError Gone = new(404, "NO_SUCH_INSTANCE", "Not Found");

    /// <summary>The VMM ended or is ending.</summary>
    public static readonly SledError Terminating = new(410, "NO_SUCH_INSTANCE", "the VMM has ended");

    public static SledError Invalid(string message) => new(400, "InvalidRequest", message);

    public static readonly SledError Internal = new(500, "Internal", "Internal Server Error");
}
