using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Gantry.Actors.Runtime;

/// <summary>Traces of the engine (engine 10.2): asks, commits, activities and turns of reconcilers, in W3C form.</summary>
internal static class EngineTraces
{
    public static readonly ActivitySource Source = new("Gantry.Actors");

    /// <summary>The present trace context in W3C form, or null.</summary>
    public static string? Current => Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } id } ? id : null;

    /// <summary>
    /// Makes the trace context the present one until disposed, so that what is done here (device calls above all) belongs to the trace, listened
    /// to or not. Null does nothing.
    /// </summary>
    [SuppressMessage("Reliability", "CA2000", Justification = "The caller disposes what is returned.")]
    public static Activity? Continue(ActivitySource source, string name, string? trace)
    {
        if (!ActivityContext.TryParse(trace, null, isRemote: true, out var parent))
        {
            return source.StartActivity(name, ActivityKind.Internal);
        }

        return source.StartActivity(name, ActivityKind.Internal, parent)
            ?? new Activity(name).SetParentId(parent.TraceId, parent.SpanId, parent.TraceFlags).Start();
    }

    /// <summary>The span of one commit, with a link to every command in it.</summary>
    public static Activity? Commit(LaneBatch batch)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var links = new List<ActivityLink>();
        foreach (var commit in batch.Commits)
        {
            if (ActivityContext.TryParse(commit.Trace, null, isRemote: true, out var cause))
            {
                links.Add(new ActivityLink(cause));
            }
        }

        var span = Source.StartActivity("commit", ActivityKind.Internal, parentContext: default, tags: null, links);
        span?.SetTag("batch", batch.Number);
        span?.SetTag("commands", batch.Commits.Length);
        return span;
    }
}
