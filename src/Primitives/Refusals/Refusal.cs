namespace Gantry.Primitives;

/// <summary>
/// A definitive "no" that changed nothing and that the caller can act on.
/// </summary>
/// <param name="Kind">The class, from which status and Nexus code follow.</param>
/// <param name="Code">Our finer, stable code, the one of <c>gantry explain</c> (for example <c>GroupLimitReached</c>).</param>
/// <param name="Message">What was asked, on which object, what stopped it, the present value and the bound.</param>
/// <param name="Remedy">The next step, as an instruction; null when the message already says it.</param>
public sealed record Refusal(RefusalKind Kind, string Code, string Message, string? Remedy = null)
{
    /// <summary>A refusal for input that is malformed or out of range.</summary>
    public static Refusal Invalid(string code, string message, string? remedy = null) =>
        new(RefusalKind.InvalidRequest, code, message, remedy);

    /// <summary>A refusal for an object that is absent or hidden.</summary>
    public static Refusal NotFound(string what, string name) =>
        new(RefusalKind.NotFound, "ObjectNotFound", $"not found: {what} with name or id \"{name}\"");

    /// <summary>A refusal because of the present state of an object.</summary>
    public static Refusal Conflict(string code, string message, string? remedy = null) =>
        new(RefusalKind.Conflict, code, message, remedy);
}
