using System.Text;
using System.Text.Json.Serialization;
using Gantry.Actors;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Contract;

/// <summary>Bodies of every version ever written are read, by golden bytes and a chain of upcasters (engine 2.6).</summary>
[Trait("spec", "engine/2.6")]
public sealed class UpcasterTests
{
    private static readonly WireSet Forms = WireSet.OfForms(
        new WireForm("test.moved", 1, typeof(MovedV1), UpcastJson.Default.MovedV1, WireUpcast.Of<ToV2, MovedV1, MovedV2>()),
        new WireForm("test.moved", 2, typeof(MovedV2), UpcastJson.Default.MovedV2, WireUpcast.Of<ToV3, MovedV2, Moved>()),
        new WireForm("test.moved", 3, typeof(Moved), UpcastJson.Default.Moved, null));

    [Theory]
    [InlineData(1, """{"to":"rear7"}""")]
    [InlineData(2, """{"to":"rear7","speed":100}""")]
    [InlineData(3, """{"port":"rear7","speed_gbps":100,"why":"unknown"}""")]
    public void Golden_bytes_of_every_version_give_the_newest_form(int version, string golden)
    {
        var registry = new WireRegistry([Forms]);

        registry.Decode("test.moved", version, Encoding.UTF8.GetBytes(golden)).ShouldBe(new Moved("rear7", 100, "unknown"));
    }

    [Fact]
    public void Only_the_newest_version_is_written()
    {
        var registry = new WireRegistry([Forms]);

        var body = registry.Encode(new Moved("rear7", 100, "unknown"));

        body.Version.ShouldBe(3);
        Encoding.UTF8.GetString(body.Body).ShouldBe("""{"port":"rear7","speed_gbps":100,"why":"unknown"}""");
    }

    [Fact]
    public void Version_without_an_upcaster_and_a_gap_between_versions_do_not_start()
    {
        var noUpcast = WireSet.OfForms([.. Forms.Forms.Select(f => f.Version == 2 ? f with { Upcast = null } : f)]);
        var gap = WireSet.OfForms([.. Forms.Forms.Where(f => f.Version != 2)]);

        Should.Throw<InvalidOperationException>(() => new WireRegistry([noUpcast])).Message.ShouldContain("version 2 has no upcaster");
        Should.Throw<InvalidOperationException>(() => new WireRegistry([gap])).Message.ShouldContain("version 2");
    }

    [Fact]
    [Trait("spec", "engine/4.6")]
    public void Whatever_code_of_a_form_throws_at_a_body_is_a_body_that_cannot_be_read()
    {
        var strict = new WireForm("test.strict", 1, typeof(Strict), UpcastJson.Default.Strict, null);
        var registry = new WireRegistry([Forms, WireSet.OfForms(strict)]);

        Unreadable(registry, "test.moved", """{"to":"nowhere"}""").ShouldContain("FormatException: there is no nowhere");
        Unreadable(registry, "test.strict", """{"port":"nowhere"}""").ShouldContain("FormatException: there is no nowhere");
        Unreadable(registry, "test.strict", """{"port":7}""").ShouldContain("cannot be read");
    }

    private static string Unreadable(WireRegistry registry, string tag, string body) =>
        Should.Throw<WireException>(() => registry.Decode(tag, 1, Encoding.UTF8.GetBytes(body))).Message;

    internal sealed record MovedV1(string To);

    internal sealed record MovedV2(string To, int Speed);

    internal sealed record Moved(string Port, int SpeedGbps, string Why);

    internal sealed record Strict(string Port)
    {
        public string Port { get; } = Somewhere(Port);
    }

    private static string Somewhere(string port) => port == "nowhere" ? throw new FormatException("there is no nowhere") : port;

    private sealed class ToV2 : IUpcaster<MovedV1, MovedV2>
    {
        public static MovedV2 Upcast(MovedV1 old) => new(Somewhere(old.To), 100);
    }

    private sealed class ToV3 : IUpcaster<MovedV2, Moved>
    {
        public static Moved Upcast(MovedV2 old) => new(old.To, old.Speed, "unknown");
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(UpcasterTests.MovedV1))]
[JsonSerializable(typeof(UpcasterTests.MovedV2))]
[JsonSerializable(typeof(UpcasterTests.Moved))]
[JsonSerializable(typeof(UpcasterTests.Strict))]
internal sealed partial class UpcastJson : JsonSerializerContext;
