using Gantry.Actors.Runtime;
using Gantry.Actors.Storage;
using Microsoft.Extensions.Options;

namespace Gantry.Hosting;

/// <summary>
/// Answers <c>/health/live</c>, <c>/health/ready</c> and <c>/health/start</c> (engine 10.3). A store that cannot be reached makes a node
/// not ready, never not live: a restart would not bring the store back. Thread-safe.
/// </summary>
public sealed class GantryHealth(
    NodeLife life, ActorEngine engine, IActorStore store, IOptions<StorageOptions> storage, ReconcilerHost reconcilers, ReconcilerAdmin all,
    TimeProvider time)
{
    // Engine 10.3: stepped within 5 s.
    private static readonly TimeSpan LoopAgeMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PingDeadline = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PeersDeadline = TimeSpan.FromMilliseconds(500);

    /// <summary>Do the loops turn?</summary>
    public HealthAnswer Live()
    {
        var node = life.Phase == NodePhase.Stopped
            ? new HealthCheck("node", false, life.Doing, "start it again; the log says why it stopped")
            : new HealthCheck("node", true, life.Doing);
        return life.Phase == NodePhase.Ready ? HealthAnswer.Of(node, Lanes()) : HealthAnswer.Of(node);
    }

    /// <summary>Is the start over?</summary>
    public HealthAnswer Start() => HealthAnswer.Of(new HealthCheck(
        "start", life.Phase >= NodePhase.Ready, life.Doing, "wait; a large store migrates for minutes"));

    /// <summary>May requests be sent here?</summary>
    public async ValueTask<HealthAnswer> ReadyAsync(CancellationToken ct)
    {
        var node = new HealthCheck("node", life.Phase == NodePhase.Ready, life.Doing, "wait for the start, or ask another node");
        var failing = ReconcilersAsync(ct);
        var isolated = IsolatedAsync(ct);
        return HealthAnswer.Of(
            node, Joined(), Cluster(), await StoreAsync(ct).ConfigureAwait(false), await failing.ConfigureAwait(false),
            await isolated.ConfigureAwait(false), Durability());
    }

    // Engine 10.3: joined, shards known. One that joins anew is alive, only not ready.
    private HealthCheck Joined() => engine.State is EngineState.Running
        ? new HealthCheck("engine", true, engine.Rejoins == 0 ? "has joined" : $"has joined, {engine.Rejoins} times anew")
        : new HealthCheck("engine", false, engine.Standing, "wait while it joins; if it stays down, the log says why: restart this node");

    // What the others see of this node: one whose beats do not arrive is dead for them, whatever it thinks of itself (promise 11).
    private HealthCheck Cluster()
    {
        if (engine.Cluster is not { } standing)
        {
            return new HealthCheck("cluster", true, "this node is alone, and meant to be");
        }

        var report = engine.ClusterAdmin.Show();
        var up = report.Members.Count(m => m.State == Actors.MemberState.Up);
        var cut = report.Members.SelectMany(m => m.Unreachable.Select(n => $"{m.NodeId} does not reach {n}")).ToList();
        var says = $"{up} node{(up == 1 ? "" : "s")} up, {standing.Shards} of {report.Shards.Length} shards here"
            + (cut.Count == 0 ? "" : $"; {string.Join(", ", cut)}");
        return WhyNotReady(standing) is { } why
            ? new HealthCheck("cluster", false, $"{why}; {says}", "ask another node; gantry cluster show says how it stands")
            : new HealthCheck("cluster", true, says);
    }

    private static string? WhyNotReady(ClusterStanding standing) => standing switch
    {
        { IsJoined: false } => "it has not joined",
        { IsDraining: true } => "it gives its shards away",
        { MapAge: null } => "members and shards are not known yet",
        { MapAge: { } age } when age > LoopAgeMax => $"members and shards were read {age.TotalSeconds:0} s ago",
        { BeatAge: { } age } when age > LoopAgeMax => $"its last beat was taken {age.TotalSeconds:0} s ago: the others hold it for dead",
        _ => null,
    };

    // What is isolated is for an operator, not for a balancer. Nodes that do not answer at once are left out.
    private async Task<HealthCheck> IsolatedAsync(CancellationToken ct)
    {
        var isolated = engine.EntityAdmin.Quarantined();
        using var late = new CancellationTokenSource(PeersDeadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, ct);
        try
        {
            isolated = await engine.EntityAdmin.QuarantinedAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // This node's own are told all the same.
        }

        return new HealthCheck(
            "entities",
            true,
            isolated.IsEmpty
                ? "none is quarantined"
                : $"{isolated.Length} quarantined, as {isolated[0].Entity}: {isolated[0].Why}; look with: gantry entity quarantined");
    }

    private HealthCheck Lanes()
    {
        if (engine.State == EngineState.Rejoining)
        {
            return new HealthCheck("lanes", true, engine.Standing);
        }

        if (engine.Cluster is { } standing && standing.StepAge > standing.StepAgeMax)
        {
            return new HealthCheck(
                "lanes", false, $"this node's part in the cluster has not turned for {standing.StepAge.TotalSeconds:0} s", "restart this node; its state is in the store");
        }

        var age = engine.LastPassAt is { } at ? time.GetUtcNow() - at : TimeSpan.MaxValue;
        return age <= LoopAgeMax
            ? new HealthCheck("lanes", true, "turn")
            : new HealthCheck("lanes", false, $"a lane has not turned for {age.TotalSeconds:0} s", "restart this node; its state is in the store");
    }

    private async ValueTask<HealthCheck> StoreAsync(CancellationToken ct)
    {
        if (life.Phase < NodePhase.Bootstrapping)
        {
            return new HealthCheck("store", false, "not open yet", "wait for the start");
        }

        using var late = new CancellationTokenSource(PingDeadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, ct);
        try
        {
            await store.PingAsync(either.Token).ConfigureAwait(false);
            return engine.WhyNoCommits is { } why
                ? new HealthCheck("store", false, why, RemedyOf(storage.Value.Kind))
                : new HealthCheck("store", true, "answers");
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            return new HealthCheck("store", false, e.Message, RemedyOf(storage.Value.Kind));
        }
    }

    // Allowed by an operator, so the node serves; but it is no state to stay in (engine 3.3).
    private HealthCheck Durability() => store.WhyUnsafe is { } why
        ? new HealthCheck(
            "durability", false, $"acknowledged changes can be lost: {why} (gantry.storage.allow_unsafe is on)",
            "switch it on in postgresql.conf, reload, set gantry.storage.allow_unsafe = off and start this node anew", IsCounted: false)
        : new HealthCheck("durability", true, storage.Value.Kind == "memory" ? "in memory only, as configured" : "what was acknowledged is kept");

    internal static string RemedyOf(string kind) => kind switch
    {
        "postgres" => "look at the server of gantry.storage.connection: is it up, reachable, writable, and does it let this role in",
        "sqlite" => "look at the disk of gantry.storage.path: room, rights, errors",
        _ => "restart the node",
    };

    // A device that does not answer is news for an operator, not a reason to send requests elsewhere: it never makes a node unready.
    // Each node works the keys of its shards: all are asked, and those that do not answer at once are left out.
    private async Task<HealthCheck> ReconcilersAsync(CancellationToken ct)
    {
        var failing = reconcilers.Standing().Where(s => s.Failing > 0).Select(s => (s.Name, s.Failing, s.Keys, s.WorstKey, s.WorstError)).ToList();
        if (engine.Cluster is not null)
        {
            using var late = new CancellationTokenSource(PeersDeadline, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, ct);
            try
            {
                var sight = await all.ListAsync(either.Token).ConfigureAwait(false);
                failing = [.. sight.Cards.Where(c => c.Failing > 0).Select(c => (c.Name, c.Failing, c.Keys, c.WorstKey, c.WorstError))];
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                // This node's own are told all the same.
            }
        }

        return new HealthCheck(
            "reconcilers",
            true,
            failing.Count == 0
                ? "all keys converge"
                : string.Join("; ", failing.Select(s => $"{s.Name}: {s.Failing} of {s.Keys} keys fail, worst {s.WorstKey}: {s.WorstError}")));
    }
}
