using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Gantry.Api;

/// <summary>What a write would do: <c>?dry_run=true</c> on any of them. Nothing was changed.</summary>
internal sealed record DryRunAnswer
{
    /// <summary>Always true.</summary>
    public required bool DryRun { get; init; }

    /// <summary>The status that the real call answers, as things stand.</summary>
    public required int WouldAnswer { get; init; }

    /// <summary>In order; empty: everything is so already.</summary>
    public required ImmutableArray<DryRunEffect> Effects { get; init; }

    /// <summary>More, for operations that have more to say: of rack membership the plan with what it survives.</summary>
    public JsonNode? Detail { get; init; }
}

/// <summary>One thing that would happen.</summary>
/// <param name="Object">To which object, as <c>kind/key</c>.</param>
/// <param name="Kind"><c>change</c>, <c>message</c>, <c>activity</c>, <c>timer</c>, <c>claim</c>, <c>release</c> or <c>nudge</c>.</param>
/// <param name="What">What exactly: the tag of the fact or message, the name of the rest.</param>
/// <param name="To">The receiver, of a message.</param>
internal sealed record DryRunEffect(string Object, string Kind, string What, string? To = null);
