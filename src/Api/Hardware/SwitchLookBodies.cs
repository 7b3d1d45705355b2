using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Gantry.Api;

/// <summary>Ports of a switch as its daemon lists them now.</summary>
internal sealed record SwitchPortsAnswer
{
    public required int Slot { get; init; }

    /// <summary>Why the switch could not be read; absent when it was.</summary>
    public string? Error { get; init; }

    public required ImmutableArray<SwitchPortAnswer> Ports { get; init; }
}

/// <summary>A rear port with what is plugged in there, or a front port that groups use.</summary>
internal sealed record SwitchPortAnswer
{
    public required string Port { get; init; }

    /// <summary>Of a rear port.</summary>
    public int? Cubby { get; init; }

    public Guid? SledId { get; init; }

    public string? SledSerial { get; init; }

    /// <summary>Groups that are replicated to it.</summary>
    public required int Groups { get; init; }
}

/// <summary>Tables of a switch, and the groups in them.</summary>
internal sealed record SwitchTablesAnswer
{
    public required int Slot { get; init; }

    public string? Error { get; init; }

    public required ImmutableArray<SwitchTableAnswer> Tables { get; init; }

    /// <summary>Everything that the switch holds, of others too.</summary>
    public required ImmutableArray<SwitchHeldAnswer> Groups { get; init; }
}

/// <summary>How full a table is.</summary>
internal sealed record SwitchTableAnswer(string Table, int Used, int Size);

/// <summary>A group as the switch holds it.</summary>
internal sealed record SwitchHeldAnswer
{
    public required string Address { get; init; }

    /// <summary><c>external</c> or <c>underlay</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Whose it is.</summary>
    public required string Tag { get; init; }

    /// <summary>Ports that an underlay group is replicated to.</summary>
    public required ImmutableArray<string> Ports { get; init; }

    /// <summary>Where an external group goes.</summary>
    public string? Underlay { get; init; }

    public int? Mvlan { get; init; }

    /// <summary>Of an external group; empty means any.</summary>
    public required ImmutableArray<string> SourceIps { get; init; }
}

/// <summary>How a switch stands and what was done with it.</summary>
internal sealed record SwitchCountersAnswer
{
    public required int Slot { get; init; }

    /// <summary><c>up</c>, <c>suspect</c> or <c>down</c>, as the node that answers sees it.</summary>
    public required string State { get; init; }

    public required DateTimeOffset Since { get; init; }

    public string? LastError { get; init; }

    /// <summary>Calls that wait for it.</summary>
    public required int QueueDepth { get; init; }

    /// <summary>How often it was found to have begun anew, its tables empty.</summary>
    public required long Rebirths { get; init; }

    /// <summary>Groups and members that the last turn of its reconciler handled.</summary>
    public int? GroupsVerified { get; init; }

    public int? MembersProcessed { get; init; }

    /// <summary>What went wrong in that turn.</summary>
    public ImmutableArray<string> Errors { get; init; } = [];

    /// <summary>Groups that it was found to have lost or changed, and that are being repaired.</summary>
    public int? GroupsDrifting { get; init; }

    public DateTimeOffset? VerifiedAt { get; init; }

    /// <summary>When it is looked at next; absent while that runs.</summary>
    public DateTimeOffset? NextAttempt { get; init; }
}

/// <summary>What a switch should hold against what it holds.</summary>
internal sealed record SwitchDiffAnswer
{
    public required int Slot { get; init; }

    public string? Error { get; init; }

    /// <summary>It was read, and nothing differs.</summary>
    public required bool IsRight { get; init; }

    public required ImmutableArray<SwitchGroupDiffAnswer> Groups { get; init; }
}

/// <summary>A group that differs.</summary>
internal sealed record SwitchGroupDiffAnswer(
    Guid MulticastGroupId, string Name, string MulticastIp, ImmutableArray<SwitchDifferenceAnswer> Differences);

/// <summary>Bodies of looks at one switch.</summary>
[JsonSourceGenerationOptions(
    Converters = [typeof(UtcTimeConverter)],
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SwitchPortsAnswer))]
[JsonSerializable(typeof(SwitchTablesAnswer))]
[JsonSerializable(typeof(SwitchCountersAnswer))]
[JsonSerializable(typeof(SwitchDiffAnswer))]
internal sealed partial class SwitchLookJson : JsonSerializerContext;
