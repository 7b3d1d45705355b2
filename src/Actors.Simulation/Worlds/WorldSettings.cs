namespace Gantry.Actors.Simulation;

/// <summary>What one seed makes of a world: its shape, its bounds (extremes included), its load and which faults it has.</summary>
internal sealed record WorldSettings
{
    /// <summary>Nodes over the one store.</summary>
    public int Nodes { get; init; } = 1;

    public required int Lanes { get; init; }

    public required int ShardCount { get; init; }

    public required int SnapshotEvery { get; init; }

    public required int MailboxLimit { get; init; }

    public required TimeSpan IdleAfter { get; init; }

    public required int Clients { get; init; }

    /// <summary>Entities of each kind.</summary>
    public required int Entities { get; init; }

    /// <summary>How long clients begin new commands, in virtual time.</summary>
    public required TimeSpan Load { get; init; }

    /// <summary>Commands after which they stop, so that a seed takes a fraction of a second.</summary>
    public required int CommandsMax { get; init; }

    /// <summary>Mean time between two commands of one client.</summary>
    public required TimeSpan Think { get; init; }

    /// <summary>Commands sent at once, now and then, at one entity.</summary>
    public required int Burst { get; init; }

    /// <summary>Share of reads beside all else: what answers without a commit.</summary>
    public required double Reads { get; init; }

    /// <summary>Mean time that the store takes.</summary>
    public required TimeSpan StoreTime { get; init; }

    /// <summary>Faults stop after the load, and everything must converge; else they go on to the end and only safety is looked at.</summary>
    public required bool IsLiveness { get; init; }

    public static WorldSettings Of(ulong seed, int nodes)
    {
        var alone = Of(seed);

        // Several nodes need time to find each other dead and to take over, and shards to share; store and commands as seldom as before.
        var dice = new Dice(seed, "cluster settings");
        return nodes == 1 ? alone : alone with
        {
            Nodes = nodes,
            Lanes = dice.Pick(1, 1, 2),
            ShardCount = dice.Pick(2, 4, 16, 16, 32),
            Clients = Math.Max(alone.Clients, 3),
            Load = TimeSpan.FromSeconds(dice.Between(30, 90)),
            Think = TimeSpan.FromMilliseconds(dice.Pick(100, 300, 1_000)),
            CommandsMax = dice.Pick(200, 600, 1_200),
        };
    }

    private static WorldSettings Of(ulong seed)
    {
        var dice = new Dice(seed, "settings");
        return new WorldSettings
        {
            IsLiveness = dice.Chance(0.6),
            Lanes = dice.Pick(1, 1, 2, 3),
            ShardCount = dice.Pick(1, 2, 4, 16, 128),
            SnapshotEvery = dice.Pick(1, 3, 20, 200),
            MailboxLimit = dice.Pick(2, 16, 256),
            IdleAfter = dice.Pick(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(3), TimeSpan.FromMinutes(10)),
            Clients = dice.Pick(1, 3, 8, 20),
            Entities = dice.Pick(1, 2, 5),
            Load = TimeSpan.FromSeconds(dice.Between(10, 60)),
            Think = TimeSpan.FromMilliseconds(dice.Pick(20, 200, 1_000)),
            Burst = dice.Pick(0, 8, 40),
            CommandsMax = dice.Pick(100, 400, 1_500),
            Reads = dice.Pick(0.0, 0.3, 0.9),
            StoreTime = TimeSpan.FromMilliseconds(dice.Pick(0.1, 1.0, 20.0)),
        };
    }

    public override string ToString() =>
        $"{(Nodes == 1 ? "" : $"{Nodes} nodes, ")}{Lanes} lane(s), {ShardCount} shard(s), snapshot every {SnapshotEvery}, mailbox {MailboxLimit}, idle after {IdleAfter.TotalSeconds} s, "
        + $"{Clients} client(s), {Entities} entities a kind, load {Load.TotalSeconds} s, think {Think.TotalMilliseconds} ms, burst {Burst}, reads {Reads}, "
        + $"store {StoreTime.TotalMilliseconds} ms, {(IsLiveness ? "liveness" : "safety")}";
}
