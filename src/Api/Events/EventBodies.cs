using System.Text.Json.Serialization;
using Gantry.Actors;

namespace Gantry.Api;

/// <summary>Something that happened.</summary>
/// <param name="Time">When it was decided.</param>
/// <param name="Kind">The kind of object.</param>
/// <param name="Object">The object's key, mostly its id.</param>
/// <param name="Sequence">Its number at that object, from 1: no two events have kind, object and sequence in common.</param>
/// <param name="What">What happened, as the journal names it.</param>
/// <param name="Caller">On whose behalf.</param>
/// <param name="Cause">The idempotency key of the request, or the mail, that brought it about.</param>
internal sealed record EventAnswer(DateTimeOffset Time, string Kind, string Object, long Sequence, string What, string Caller, string Cause)
{
    public static EventAnswer Of(JournalLine line) => new(
        line.Event.At, line.Entity.Kind, line.Entity.Key, line.Event.Sequence, WordOf(line.Event.Tag), line.Event.Caller, line.Event.Cause);

    public static EventAnswer Of(FeedEvent happened) => new(
        happened.At, happened.Entity.Kind, happened.Entity.Key, happened.Sequence, WordOf(happened.Tag), happened.Caller, happened.Cause);

    /// <summary>It says only that a device was looked at, which happens all the time.</summary>
    [JsonIgnore]
    public bool IsRoutine => (Kind, What) is ("sled", "inventoried") or ("switch", "seen") or ("rack", "service-processors-seen");

    /// <summary>A wire tag without its kind.</summary>
    public static string WordOf(string tag) => tag[(tag.IndexOf('.', StringComparison.Ordinal) + 1)..];
}

/// <summary>Events, and where to go on.</summary>
internal sealed record EventList(IReadOnlyList<EventAnswer> Items, string Resume)
{
    /// <summary>How many were left out because they only say that a device was looked at; absent without any.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? RoutineLeftOut { get; init; }
}

/// <summary>Bodies of events.</summary>
[JsonSourceGenerationOptions(Converters = [typeof(UtcTimeConverter)], PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(EventList))]
internal sealed partial class EventJson : JsonSerializerContext;
