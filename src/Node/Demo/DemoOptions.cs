namespace Gantry.Node;

/// <summary>What the demo's flags ask for (operator-experience 4.2).</summary>
internal sealed record DemoOptions
{
    /// <summary>Sleds with instances; one spare is added. 1 to 31.</summary>
    public int Sleds { get; init; } = 16;

    /// <summary>The same seed gives the same rack.</summary>
    public int Seed { get; init; } = 20250717;

    /// <summary>First port; all others count up from it.</summary>
    public int Port { get; init; } = 8480;

    /// <summary>Nodes; more than one need PostgreSQL.</summary>
    public int Nodes { get; init; } = 1;

    /// <summary>Connection string of a database, or <c>temporary</c> for a server of the demo's own; null for SQLite.</summary>
    public string? Postgres { get; init; }

    /// <summary>Data folder that is kept; null for a temporary one that goes at the end.</summary>
    public string? DataFolder { get; init; }

    /// <summary>How much goes wrong by itself.</summary>
    public FaultWeather Faults { get; init; } = FaultWeather.Calm;

    /// <summary>The rack's secret is shared by the scheme before trust quorum, so that the upgrade can be seen.</summary>
    public bool IsLrtq { get; init; }

    /// <summary>Stop as soon as every tick is there.</summary>
    public bool ExitWhenReady { get; init; }
}

/// <summary>How much goes wrong by itself in a demo.</summary>
internal enum FaultWeather
{
    /// <summary>Nothing.</summary>
    Calm,

    /// <summary>Every ten seconds a switch is slow or answers 503 for two seconds.</summary>
    Rough,

    /// <summary>Every four seconds a switch is slow, silent, or restarts with empty tables.</summary>
    Storm,
}
