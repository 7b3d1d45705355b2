using Gantry.Actors;
using Gantry.Hosting;
using Gantry.Instances;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gantry.Api;

/// <summary>What every request needs, made once.</summary>
internal sealed class Gate(
    ICallers callers,
    IEntities entities,
    IViews views,
    TimeProvider clock,
    IRandomSource random,
    ApiMetrics metrics,
    IOptions<InstancesOptions> instances,
    ILogger<Gate> log,
    IWriteAudit? audit = null)
{
    public ICallers Callers { get; } = callers;

    /// <summary>Where writes are taken down; null in a host that keeps no audit.</summary>
    public IWriteAudit? Audit { get; } = audit;

    public IEntities Entities { get; } = entities;

    public IViews Views { get; } = views;

    public TimeProvider Clock { get; } = clock;

    public IRandomSource Random { get; } = random;

    public ApiMetrics Metrics { get; } = metrics;

    /// <summary>Newest version of the internal API that this control plane has towards sleds.</summary>
    public Version InternalNewest { get; } =
        instances.Value.Doorbell == DoorbellReleases.R19 ? ApiVersions.InternalBeforeDoorbell : ApiVersions.InternalNewest;

    public ILogger<Gate> Log { get; } = log;

    public CallerBuckets Buckets { get; } = new(clock);
}
