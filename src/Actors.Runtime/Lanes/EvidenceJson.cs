using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gantry.Actors.Kernel;

namespace Gantry.Actors.Runtime;

/// <summary>Inputs of a lane as they are written into a file of evidence: data as data, records of areas in their wire form.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(EvidenceHead))]
[JsonSerializable(typeof(EvidenceLine))]
[JsonSerializable(typeof(EvidenceEnd))]
[JsonSerializable(typeof(FoundMailForm))]
[JsonSerializable(typeof(RefusedReply))]
[JsonSerializable(typeof(LaneEvent.Start), TypeInfoPropertyName = "StartInput")]
[JsonSerializable(typeof(LaneEvent.Tick), TypeInfoPropertyName = "TickInput")]
[JsonSerializable(typeof(LaneEvent.PassEnd), TypeInfoPropertyName = "PassEndInput")]
[JsonSerializable(typeof(LaneEvent.Stop), TypeInfoPropertyName = "StopInput")]
[JsonSerializable(typeof(LaneEvent.Arrive), TypeInfoPropertyName = "ArriveInput")]
[JsonSerializable(typeof(LaneEvent.Loaded), TypeInfoPropertyName = "LoadedInput")]
[JsonSerializable(typeof(LaneEvent.LoadFailed), TypeInfoPropertyName = "LoadFailedInput")]
[JsonSerializable(typeof(LaneEvent.Committed), TypeInfoPropertyName = "CommittedInput")]
[JsonSerializable(typeof(LaneEvent.Lost), TypeInfoPropertyName = "LostInput")]
[JsonSerializable(typeof(LaneEvent.Unencodable), TypeInfoPropertyName = "UnencodableInput")]
[JsonSerializable(typeof(LaneEvent.TooMuch), TypeInfoPropertyName = "TooMuchInput")]
[JsonSerializable(typeof(LaneEvent.Poisoned), TypeInfoPropertyName = "PoisonedInput")]
[JsonSerializable(typeof(LaneEvent.Fenced), TypeInfoPropertyName = "FencedInput")]
[JsonSerializable(typeof(LaneEvent.CommitFailed), TypeInfoPropertyName = "CommitFailedInput")]
[JsonSerializable(typeof(LaneEvent.Resolved), TypeInfoPropertyName = "ResolvedInput")]
[JsonSerializable(typeof(LaneEvent.ResolveFailed), TypeInfoPropertyName = "ResolveFailedInput")]
[JsonSerializable(typeof(LaneEvent.Confirmed), TypeInfoPropertyName = "ConfirmedInput")]
[JsonSerializable(typeof(LaneEvent.ConfirmFailed), TypeInfoPropertyName = "ConfirmFailedInput")]
[JsonSerializable(typeof(LaneEvent.ReceiptFound), TypeInfoPropertyName = "ReceiptFoundInput")]
[JsonSerializable(typeof(LaneEvent.ReceiptFailed), TypeInfoPropertyName = "ReceiptFailedInput")]
[JsonSerializable(typeof(LaneEvent.MailFound), TypeInfoPropertyName = "MailFoundInput")]
[JsonSerializable(typeof(LaneEvent.ScanFailed), TypeInfoPropertyName = "ScanFailedInput")]
[JsonSerializable(typeof(LaneEvent.Ring), TypeInfoPropertyName = "RingInput")]
[JsonSerializable(typeof(LaneEvent.Gain), TypeInfoPropertyName = "GainInput")]
[JsonSerializable(typeof(LaneEvent.Yield), TypeInfoPropertyName = "YieldInput")]
[JsonSerializable(typeof(LaneEvent.GiveAway), TypeInfoPropertyName = "GiveAwayInput")]
[JsonSerializable(typeof(LaneEvent.NotTransferred), TypeInfoPropertyName = "NotTransferredInput")]
[JsonSerializable(typeof(LaneEvent.LookForMail), TypeInfoPropertyName = "LookForMailInput")]
[JsonSerializable(typeof(LaneEvent.ActivityDone), TypeInfoPropertyName = "ActivityDoneInput")]
[JsonSerializable(typeof(LaneEvent.MailCounted), TypeInfoPropertyName = "MailCountedInput")]
[JsonSerializable(typeof(LaneEvent.SuspectNoted), TypeInfoPropertyName = "SuspectNotedInput")]
[JsonSerializable(typeof(LaneEvent.StateTooLarge), TypeInfoPropertyName = "StateTooLargeInput")]
[JsonSerializable(typeof(LaneEvent.Quarantine), TypeInfoPropertyName = "QuarantineInput")]
[JsonSerializable(typeof(LaneEvent.Release), TypeInfoPropertyName = "ReleaseInput")]
[JsonSerializable(typeof(LaneEvent.Reload), TypeInfoPropertyName = "ReloadInput")]
[JsonSerializable(typeof(LaneEvent.Inspect), TypeInfoPropertyName = "InspectInput")]
[JsonSerializable(typeof(LaneEvent.MailRestored), TypeInfoPropertyName = "MailRestoredInput")]
internal sealed partial class EvidenceJson : JsonSerializerContext;

/// <summary>First line of a file of evidence: what the lane was made of, and how it stood before the first input that follows.</summary>
internal sealed record EvidenceHead
{
    /// <summary>Version of the file's form.</summary>
    public const int VersionNow = 2;

    public required int Evidence { get; init; }

    public required int Lane { get; init; }

    public required int ShardCount { get; init; }

    public required string Scope { get; init; }

    /// <summary>Of the lane's dice.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Steps before the first line.</summary>
    public required long First { get; init; }

    public required int Session { get; init; }

    public required long LastBatch { get; init; }

    /// <summary>Shards served then.</summary>
    public required ImmutableArray<EvidenceShard> Shards { get; init; }
}

internal sealed record EvidenceShard(ShardId Shard, long Epoch);

/// <summary>One input of a lane.</summary>
internal sealed record EvidenceLine(long Step, DateTimeOffset Now, string Input, JsonElement Data);

/// <summary>Last line: how the lane broke.</summary>
internal sealed record EvidenceEnd(string Error);

/// <summary>A message that a scan found, its body read.</summary>
internal sealed record FoundMailForm(
    MailId Id, EntityAddress To, ShardId ToShard, DateTimeOffset? DueAt, string? TimerName, int Loads, int Bytes, object? Command, MailMeta? Meta, string? Unreadable);

/// <summary>Stands for an object that has no wire form: secrets, callers.</summary>
internal sealed record Unwritten(string Name);
