using Gantry.Actors.Storage;

namespace Gantry.Actors.Simulation;

/// <summary>
/// One seeded world: a store, the node on it and perhaps a former one that does not know yet, clients, a device, time and what goes
/// wrong. Single-threaded; everything is a step of <see cref="Clockwork"/>.
/// </summary>
internal sealed class World
{
    private static readonly TimeSpan QuietEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>Virtual time within which everything must come to rest once nothing goes wrong any more (sagas back off to a minute).</summary>
    private static readonly TimeSpan QuietWithin = TimeSpan.FromMinutes(20);

    private readonly Clockwork _clock = new();
    private readonly Trace _trace;

    public World(ulong seed, Mutant mutant, IReadOnlySet<string> removed, int stepsKept, int nodes = 1)
    {
        _trace = new Trace(stepsKept);
        Seed = seed;
        Mutant = mutant;
        Settings = WorldSettings.Of(seed, nodes);
        Faults = new Faults(seed, removed);
        Model = new EngineModel([SampleArea.Module(Settings)]);
        Encoder = new BatchEncoder(Model);
        Decoder = new RowDecoder(Model);
        Judge = new Judge(this);
        Store = new StoreModel(this, seed);
        Device = new FakeDevice(this, seed);
        Links = new SimulatedLinks(this, seed);
        Nodes = Settings.Nodes > 1 ? new ClusterKeeper(this, seed) : new NodeKeeper(this, seed);
        Load = new Workload(this, seed);
    }

    public ulong Seed { get; }

    public Mutant Mutant { get; }

    public WorldSettings Settings { get; }

    public Faults Faults { get; }

    public EngineModel Model { get; }

    public BatchEncoder Encoder { get; }

    public RowDecoder Decoder { get; }

    public Judge Judge { get; }

    public StoreModel Store { get; }

    public FakeDevice Device { get; }

    public INodes Nodes { get; }

    public SimulatedLinks Links { get; }

    public Workload Load { get; }

    public TimeSpan Now => _clock.Now;

    public Trace Trace => _trace;

    /// <summary>Does something later, in virtual time.</summary>
    public void After(TimeSpan delay, Action act) => _clock.After(delay, act);

    /// <summary>Writes a step down: for the hash, and for whoever looks into a failure.</summary>
    public void Note(string what) => _trace.Add(Now, what);

    /// <summary>Runs to the end, or to the first violation.</summary>
    public void Run()
    {
        try
        {
            Note($"seed {Seed}: {Settings}");
            Nodes.Begin();
            Load.Begin();
            RunUntil(Settings.Load);
            if (Settings.IsLiveness)
            {
                ComeToRest();
            }
            else
            {
                RunUntil(Settings.Load + TimeSpan.FromSeconds(10));
            }

            Judge.End(isQuiet: Settings.IsLiveness);
        }
        catch (ViolationException)
        {
            // Written down by the judge.
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Judge.Broke(e);
        }
    }

    private void RunUntil(TimeSpan end)
    {
        while (_clock.Step(end))
        {
        }
    }

    private void ComeToRest()
    {
        Note("faults stop");
        Faults.IsOver = true;
        Nodes.Heal();
        Load.Finish();
        var end = Now + QuietWithin;
        while (WhyNotQuiet() is { } why)
        {
            if (Now >= end)
            {
                Judge.Violated("I12", $"no rest within {QuietWithin.TotalMinutes} min after the faults stopped: {why}");
            }

            RunUntil(Now + QuietEvery);
        }

        Note("at rest");
    }

    private string? WhyNotQuiet() => Load.WhyNotDone() ?? Nodes.WhyNotQuiet() ?? Judge.WhyNotQuiet();
}
