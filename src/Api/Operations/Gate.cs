using Gantry.Actors;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.Api;

/// <summary>What every request needs, made once.</summary>
internal sealed class Gate(
    ICallers callers,
    IEntities entities,
    IViews views,
    TimeProvider clock,
    IRandomSource random,
    ApiMetrics metrics,
    ILogger<Gate> log)
{
    public ICallers Callers { get; } = callers;

    public IEntities Entities { get; } = entities;

    public IViews Views { get; } = views;

    public TimeProvider Clock { get; } = clock;

    public IRandomSource Random { get; } = random;

    public ApiMetrics Metrics { get; } = metrics;

    public ILogger<Gate> Log { get; } = log;

    public CallerBuckets Buckets { get; } = new(clock);
}
