using System.Text.Json.Nodes;

namespace Gantry.Switch.Simulator;

/// <summary>An answer. A 204 has no body; a body that is JSON <c>null</c> is <see cref="IsNullBody"/>.</summary>
public sealed record SimAnswer(int Status, JsonNode? Body = null)
{
    /// <summary>Whether the body is the word null.</summary>
    public bool IsNullBody { get; init; }

    /// <summary>Set for an error; the shell adds the request id.</summary>
    public DaemonError? Error { get; init; }

    /// <summary>Methods for a 405.</summary>
    public string? Allow { get; init; }

    /// <summary>204.</summary>
    public static readonly SimAnswer NoContent = new(204);

    /// <summary>The daemon died over the request: the connection ends without an answer (K15).</summary>
    public static readonly SimAnswer Crash = new(0);
}

/// <summary>An error before it has a request id.</summary>
public sealed record DaemonError(string? Code, string Message);

/// <summary>Ends a handler with an error. What was changed before is forgotten unless <see cref="Keep"/> says what stays.</summary>
internal sealed class DaemonException(int status, string? code, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string? Code { get; } = code;

    /// <summary>State that stays in spite of the error.</summary>
    public SwitchState? Keep { get; init; }

    /// <summary>The table that refused, and what it counts for it; counted even where nothing else stays (3.8).</summary>
    public (string Table, TableMiss Miss)? Usage { get; init; }

    /// <summary>The same error with another state that stays.</summary>
    public DaemonException Keeping(SwitchState state) => new(Status, Code, Message) { Keep = state, Usage = Usage };

    /// <summary>The same error, which a table counts.</summary>
    public DaemonException CountedAs(string table, TableMiss miss) => new(Status, Code, Message) { Keep = Keep, Usage = (table, miss) };

    public static DaemonException Invalid(string detail) => new(400, code: null, detail);

    /// <summary>The chip layer rejects an argument.</summary>
    public static DaemonException InvalidData(string detail) => new(400, $"invalid data: {detail}", detail);

    /// <summary>Missing in soft state: the detail is the error code (E1).</summary>
    public static DaemonException NotFound(string detail) => new(404, detail, "Not Found");

    /// <summary>Missing in the chip, or no such path, port, link or address: no error code.</summary>
    public static DaemonException Missing() => new(404, code: null, "Not Found");

    public static DaemonException Conflict(string detail) => new(409, detail, "Conflict");

    /// <summary>A fault that the test backend of the chip was told to make (D13).</summary>
    public static DaemonException Synthetic() => new(418, "Synthetic ASIC error", "table operation");

    public static DaemonException ChipConflict() => new(409, code: null, "Conflict");

    public static DaemonException Internal() => new(500, "Internal", "Internal Server Error");

    public static DaemonException Busy() => new(503, code: null, "Service Unavailable");

    public static DaemonException Full(string table) => new(507, code: null, table);
}
