using System.Text;
using Gantry.Hocon;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Hocon;

/// <summary>Whatever the text: a value or a <see cref="HoconException"/> that says what, why and what next.</summary>
public sealed class HoconFuzzTests
{
    private const string Sample = """
        # words
        gantry { storage { path = "/srv/x", size = 64 KiB, note = \"\"\"raw " text\"\"\" }
          a.b.c = ${gantry.storage.path}/db ${?NOPE} // tail
          racks = [ { id = "r1", switches = [{ slot = 0 }] }, null, [1 2 3] ]
          again = ${gantry.storage} { path = other }
        }
        """;

    private static readonly string[] Pieces =
    [
        "{", "}", "[", "]", "\"", "\"\"\"", "${", "${?", "}", "=", ":", ",", "+=", ".", "\n", " ", "#", "//", "include ", "include \"x\"",
        "a", "b", "a.b", "null", "\\u12", "\\", "\0", "\uD800", "é", "10 s", "${a}", "${a.b}", "a=${a}", "a{b=1}", "\uFEFF", "$",
    ];

    [Fact]
    public void Random_pieces_give_a_value_or_a_reason()
    {
        for (ulong seed = 0; seed < 20_000; seed++)
        {
            var dice = new SeededRandomSource(seed);
            var text = string.Concat(Enumerable.Range(0, dice.Next(40)).Select(_ => Pieces[dice.Next(Pieces.Length)]));
            Try(text, seed);
        }
    }

    [Fact]
    public void Changed_configurations_give_a_value_or_a_reason()
    {
        var sample = Sample.Replace("\\\"", "\"", StringComparison.Ordinal);
        HoconReader.Read(sample, "x.conf").FindText("gantry.again.path").ShouldBe("other");
        for (ulong seed = 0; seed < 20_000; seed++)
        {
            var dice = new SeededRandomSource(seed);
            var text = new StringBuilder(sample);
            for (var i = dice.Next(6); i >= 0; i--)
            {
                var at = dice.Next(text.Length);
                _ = dice.Next(3) switch
                {
                    0 => text.Remove(at, Math.Min(dice.Next(20), text.Length - at)),
                    1 => text.Insert(at, Pieces[dice.Next(Pieces.Length)]),
                    _ => text.Replace(text[at], (char)dice.Next(0x300), at, 1),
                };
            }

            Try(text.ToString(), seed);
        }
    }

    [Fact]
    public void Quantities_are_read_or_not_but_never_throw()
    {
        for (ulong seed = 0; seed < 20_000; seed++)
        {
            var dice = new SeededRandomSource(seed);
            var text = string.Concat(Enumerable.Range(0, dice.Next(30)).Select(_ => "0123456789.. sdmhKMGTiBnu-+eE\u0660"[dice.Next(29)]));

            if (HoconDuration.TryParse(text, out var duration))
            {
                HoconDuration.TryParse(HoconDuration.Format(duration), out var again).ShouldBeTrue($"seed {seed}: {text}");
                again.ShouldBe(duration, $"seed {seed}: {text}");
            }

            (!HoconSize.TryParse(text, out var bytes) || bytes >= 0).ShouldBeTrue($"seed {seed}: {text}");
        }
    }

    private static void Try(string text, ulong seed)
    {
        try
        {
            HoconReader.Read(text, "x.conf").Count.ShouldBeGreaterThan(0);
        }
        catch (HoconException e)
        {
            e.Why.ShouldNotBeEmpty($"seed {seed}");
            e.Next.ShouldNotBeEmpty($"seed {seed}");
        }
        catch (Exception e) when (e is not ShouldAssertException)
        {
            throw new InvalidOperationException($"seed {seed}, text <<{text}>>", e);
        }
    }
}
