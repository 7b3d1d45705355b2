namespace Gantry.Switch.Simulator;

/// <summary>A request as the pure model takes it, with the time and the dice it may use.</summary>
public sealed record SimRequest
{
    /// <summary>Verb in capitals.</summary>
    public required string Method { get; init; }

    /// <summary>Path, decoded.</summary>
    public required string Path { get; init; }

    /// <summary>Query parameters, decoded.</summary>
    public IReadOnlyDictionary<string, string> Query { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Value of the <c>api-version</c> header.</summary>
    public string? ApiVersion { get; init; }

    /// <summary>Value of <c>Content-Type</c> without parameters.</summary>
    public string? ContentType { get; init; }

    /// <summary>Body; at most one byte more than allowed.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Now.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>For a generated tag.</summary>
    public required Guid NewId { get; init; }

    /// <summary>Faults inside the daemon.</summary>
    public ModelFaults Faults { get; init; } = ModelFaults.None;
}

/// <summary>Faults that the model itself must act out.</summary>
/// <param name="FullTables">Tables that refuse adds (D8).</param>
/// <param name="IsMulticastAbsent">Built without multicast (D11).</param>
/// <param name="NewestVersion">The newest version that the server knows (D12).</param>
public sealed record ModelFaults(IReadOnlySet<string> FullTables, bool IsMulticastAbsent, SimVersion NewestVersion)
{
    /// <summary>The operation fails with 500 after its first half (D6).</summary>
    public bool FailsMidway { get; init; }

    /// <summary>Tables whose adds end with 418 (D13).</summary>
    public IReadOnlySet<string> SyntheticTables { get; init; } = new HashSet<string>();

    /// <summary>No fault.</summary>
    public static readonly ModelFaults None = new(new HashSet<string>(), IsMulticastAbsent: false, SimVersion.Newest);
}
