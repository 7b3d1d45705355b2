using System.Diagnostics;
using Gantry.Actors.Kernel;

namespace Gantry.Actors.Runtime;

/// <summary>The span in which a message is consumed: a child of its sender's, or the root of a trace that is linked to it (engine 10.2).</summary>
internal sealed class MailTraces : ILaneTraces
{
    /// <summary>The only one.</summary>
    public static readonly MailTraces Instance = new();

    /// <inheritdoc/>
    public string Consume(EntityAddress to, string mail, string trace, TimeSpan age, bool isLinked)
    {
        if (!ActivityContext.TryParse(trace, null, isRemote: true, out var sender))
        {
            return trace;
        }

        var isHeard = EngineTraces.Source.HasListeners();
        if (!isLinked)
        {
            using var child = isHeard ? EngineTraces.Source.StartActivity("mail", ActivityKind.Consumer, sender) : null;
            return Tell(child, to, mail, age) ?? trace;
        }

        using var root = isHeard ? Root(sender) : null;
        return Tell(root, to, mail, age) ?? $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-{(sender.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? "01" : "00")}";
    }

    // What happens to be present on the lane's thread is nobody's parent.
    private static Activity? Root(ActivityContext sender)
    {
        var present = Activity.Current;
        Activity.Current = null;
        try
        {
            return EngineTraces.Source.StartActivity("mail", ActivityKind.Consumer, parentContext: default, tags: null, [new ActivityLink(sender)]);
        }
        finally
        {
            Activity.Current = present;
        }
    }

    private static string? Tell(Activity? span, EntityAddress to, string mail, TimeSpan age) => span?
        .SetTag("entity", to.ToString())
        .SetTag("mail", mail)
        .SetTag("age_ms", (long)age.TotalMilliseconds)
        .Id;
}
