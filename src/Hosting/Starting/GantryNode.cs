using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Actors.Cluster;
using Gantry.Actors.Runtime;
using Gantry.Actors.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gantry.Hosting;

/// <summary>
/// Starts a node in order (store, engine, bootstraps of areas, reconcilers) and stops it in reverse within a budget. As a hosted service it
/// starts before Kestrel listens and stops after, so no request meets half a node. A member of a cluster gives its shards away before that,
/// while its gateway still listens and passes requests on (engine 5.8).
/// </summary>
internal sealed class GantryNode(
    IServiceProvider services, NodeLife life, EngineModel model, IActorStore store, ActorEngine engine, ReconcilerHost reconcilers,
    ClusterLinks links, PrometheusText metrics, IOptions<StorageOptions> storage, IOptions<ClusterSettings> cluster, IOptions<HostingOptions> options,
    IHostApplicationLifetime host, TimeProvider time, ILogger<GantryNode> log)
    : IHostedLifecycleService, IAsyncDisposable
{
    // Held so that it is made with the node: what was measured before it listens is not known to it.
    private readonly PrometheusText _metrics = metrics;
    private readonly CancellationTokenSource _stop = new();
    private Task _background = Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        try
        {
            await StartPartsAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // What an operator can mend needs no stack.
            if (e is StoreRefusedException or StoreConnectionException or LinkRefusedException)
            {
                log.StartRefused(life.Doing, e.Message);
            }
            else
            {
                log.CannotStart(life.Doing, e);
            }

            await StopPartsAsync().ConfigureAwait(false);
            throw;
        }

        life.Enter(NodePhase.Ready, "serves");
        log.Ready(time.GetElapsedTime(began), _metrics.FamilyCount);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // The host calls this before it stops anything, so before its listeners close.
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        log.Stops();
        await life.LeaveAsync("gives its shards away").ConfigureAwait(false);
        await StopPartAsync("the shards", _ => engine.DrainAsync(), cancellationToken).ConfigureAwait(false);
    }

    public Task StopAsync(CancellationToken cancellationToken) => StopPartsAsync();

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (life.Phase is not (NodePhase.New or NodePhase.Stopped))
        {
            // A host that is disposed of without a stop, as after an exception beside it: what runs would never end by itself.
            await StopPartsAsync().ConfigureAwait(false);
        }

        await _background.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task StartPartsAsync(CancellationToken ct)
    {
        // Resolved here and not in the constructor: most reconcilers and bootstraps need the engine, and the engine what is made here.
        var all = services.GetServices<IReconciler>().ToImmutableArray();
        log.Starts(
            storage.Value.Place, model.Kinds.Count, model.Views.Length, all.Length);

        if (cluster.Value.Enabled)
        {
            life.Enter(NodePhase.OpeningStore, "opens node links");
            services.GetRequiredService<DeviceRelay>().Open();
            await links.StartAsync(ct).ConfigureAwait(false);
        }

        life.Enter(NodePhase.OpeningStore, "opens the store and takes its shards");
        await engine.StartAsync(ct).ConfigureAwait(false);

        foreach (var bootstrap in services.GetServices<IBootstrap>().OrderBy(b => b.Order))
        {
            life.Enter(NodePhase.Bootstrapping, $"runs the bootstrap {bootstrap.Name}");
            await bootstrap.RunAsync(ct).ConfigureAwait(false);
        }

        reconcilers.Start(all, engine.Scope, () => engine.IsBusy);
        _background = WatchEngineAsync();
    }

    /// <summary>How long a stop may take: a member of a cluster hands its shards over first.</summary>
    internal static TimeSpan StopTime(HostingOptions host, ClusterSettings cluster) =>
        host.StopBudget + (cluster.Enabled ? cluster.DrainDeadline : TimeSpan.Zero);


    // An engine that breaks joins anew by itself. One that stays down is over for this process: whoever supervises it starts a new one, which
    // takes everything over from the store.
    private async Task WatchEngineAsync()
    {
        try
        {
            var why = await engine.Ended.WaitAsync(_stop.Token).ConfigureAwait(false);
            log.EngineEnded(why);
            life.Enter(NodePhase.Stopped, $"the engine ended: {why}");
            if (options.Value.StopsWhenEnded)
            {
                host.StopApplication();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The usual end.
        }
    }

    private async Task StopPartsAsync()
    {
        life.Enter(NodePhase.Draining, "stops");
        using var budget = new CancellationTokenSource(StopTime(options.Value, cluster.Value), time);
        await _stop.CancelAsync().ConfigureAwait(false);
        await StopPartAsync("the reconcilers", reconcilers.StopAsync, budget.Token).ConfigureAwait(false);
        await StopPartAsync("the engine", _ => engine.StopAsync(), budget.Token).ConfigureAwait(false);
        await StopPartAsync("node links", _ => links.DisposeAsync().AsTask(), budget.Token).ConfigureAwait(false);
        await StopPartAsync("the store", _ => store.DisposeAsync().AsTask(), budget.Token).ConfigureAwait(false);
        life.Enter(NodePhase.Stopped, "has stopped");
    }

    // A part that hangs or throws must not keep the next ones from stopping: the store's lock has to be let go.
    private async Task StopPartAsync(string part, Func<CancellationToken, Task> stop, CancellationToken budget)
    {
        try
        {
            await stop(budget).WaitAsync(budget).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (budget.IsCancellationRequested)
        {
            log.LeftBehind(part);
        }
        catch (Exception e)
        {
            log.StopFailed(part, e);
        }
    }
}
