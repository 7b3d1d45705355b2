using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Admin;

/// <summary>Arguments and cells that several nouns share.</summary>
internal static class Args
{
    public static readonly PaletteArgument Entity = new("entity", "Address, kind/key, for example instance/3f2a…") { IsRequired = true };

    public static PaletteArgument Limit(int otherwise, int most = 1_000) => new("limit", $"Rows at most; {otherwise} without it.") { Bounds = (1, most) };

    public static JsonNode? Time(DateTimeOffset? at) => at is { } time ? JsonValue.Create(time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)) : null;

    /// <summary>A stored document; one that is damaged as its text, for that is what one wants to see of it.</summary>
    public static JsonNode? Document(string? text)
    {
        try
        {
            return text is null ? null : JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }

    /// <summary>Runs with the entity that was named, or refuses what is no address.</summary>
    public static async ValueTask<PaletteAnswer> WithEntityAsync(PaletteCall call, Func<EntityAddress, ValueTask<PaletteAnswer>> run) =>
        EntityAddress.TryParse(call.Text("entity"), out var entity)
            ? await run(entity.Value).ConfigureAwait(false)
            : new PaletteAnswer { Why = Refusal.Invalid(AdminErrors.ArgumentInvalid, $"\"{call.Text("entity")}\" is no address", "write kind/key, for example multicast-group/3f2a91c0-…; gantry journal tail shows some") };
}
