using Gantry.Hocon;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Hocon;

public sealed class HoconReaderTests
{
    private static readonly Dictionary<string, string> Environment = new() { ["RACK_HOME"] = "/srv/rack" };

    [Theory]
    [InlineData("a { b = 1 }", "a.b", "1")]
    [InlineData("{ a : { b : 1 } }", "a.b", "1")]
    [InlineData("a.b.c = x", "a.b.c", "x")]
    [InlineData("a.b = 1\na.c = 2", "a.b", "1")]
    [InlineData("a = 60 s # a minute", "a", "60 s")]
    [InlineData("a = one // two", "a", "one")]
    [InlineData("a = \"x # y\"", "a", "x # y")]
    [InlineData("a = \"tab\\t\\u00e9\\\\\"", "a", "tab\té\\")]
    [InlineData("a = \"\"\"one\n\"two\" \\n\"\"\"", "a", "one\n\"two\" \\n")]
    [InlineData("a = 1, b = 2", "b", "2")]
    [InlineData("a = 1\na = 2", "a", "2")]
    [InlineData("a = ${b}/x\nb = /srv", "a", "/srv/x")]
    [InlineData("a = ${b}\"/x y\"\nb = /srv", "a", "/srv/x y")]
    [InlineData("a = ${RACK_HOME}", "a", "/srv/rack")]
    [InlineData("a = 1\na = ${?NOT_THERE}", "a", "1")]
    [InlineData("a = 1\na = ${?RACK_HOME}", "a", "/srv/rack")]
    [InlineData("base { x = 1, y = 2 }\nb = ${base} { y = 3 }", "b.y", "3")]
    [InlineData("base { x = 1, y = 2 }\nb = ${base} { y = 3 }", "b.x", "1")]
    [InlineData("base { x = 1 }\nb = ${base}\nb { y = 3 }", "b.x", "1")]
    [InlineData("g { data = /d, path = ${g.data}/db }", "g.path", "/d/db")]
    public void A_text_gives_the_value(string text, string path, string value)
    {
        HoconReader.Read(text, "x.conf", Environment).FindText(path).ShouldBe(value);
    }

    [Fact]
    public void Lists_hold_values_in_order_and_are_replaced_as_a_whole()
    {
        var read = HoconReader.Read("a = [1, 2\n 3]\nb = [1]\nb = [2, { c = 3 }]\nc = ${a} [4]", "x.conf");

        Texts(read.Find("a")).ShouldBe(["1", "2", "3"]);
        ((HoconArray)read.Find("b")!).Items.Count.ShouldBe(2);
        Texts(read.Find("c")).ShouldBe(["1", "2", "3", "4"]);
    }

    [Theory]
    [InlineData("a = ", 1, 5, "a value is missing")]
    [InlineData("a {\n  b = 1", 2, 8, "not closed")]
    [InlineData("a = 1\n}", 2, 1, "ended here")]
    [InlineData("a = [1, 2", 1, 10, "not closed")]
    [InlineData("a = \"x", 1, 5, "not closed")]
    [InlineData("a = \"\\q\"", 1, 6, "escape")]
    [InlineData("a += 1", 1, 3, "subset")]
    [InlineData("a = ${b}", 1, 5, "no setting")]
    [InlineData("a = ${b}\nb = ${a}", 1, 5, "itself")]
    [InlineData("a = ${a}", 1, 5, "itself")]
    [InlineData("a = [1] x", 1, 5, "joined")]
    [InlineData("a = b = c", 1, 7, "cannot begin")]
    [InlineData("a { include \"b.conf\" }", 1, 5, "top level")]
    public void A_wrong_text_is_refused_with_its_place_and_reason(string text, int line, int column, string why)
    {
        var wrong = Should.Throw<HoconException>(() => HoconReader.Read(text, "x.conf"));

        wrong.At.ShouldBe(new HoconPosition("x.conf", line, column), wrong.Message);
        wrong.Message.ShouldContain(why);
        wrong.Next.ShouldNotBeEmpty();
    }

    [Fact]
    public void An_included_file_is_found_beside_the_one_that_includes_it()
    {
        using var folder = new TempFolder();
        folder.Write("deep/base.conf", "a = 1\nb = 1");
        var main = folder.Write("main.conf", "include \"deep/base.conf\"\nb = 2");

        var read = HoconReader.ReadFile(main);

        read.FindText("a").ShouldBe("1");
        read.FindText("b").ShouldBe("2");
    }

    [Fact]
    public void Files_that_include_each_other_are_refused()
    {
        using var folder = new TempFolder();
        var main = folder.Write("a.conf", "include \"b.conf\"");
        folder.Write("b.conf", "include \"a.conf\"");

        Should.Throw<HoconException>(() => HoconReader.ReadFile(main)).Message.ShouldContain("include each other");
    }

    [Fact]
    public void A_file_that_is_not_there_is_named_with_the_line_that_wants_it()
    {
        using var folder = new TempFolder();
        var main = folder.Write("a.conf", "\ninclude \"b.conf\"");

        var wrong = Should.Throw<HoconException>(() => HoconReader.ReadFile(main));

        wrong.At.Line.ShouldBe(2);
        wrong.What.ShouldEndWith("b.conf");
    }

    [Theory]
    [InlineData(HoconLimits.NestingMax - 1, true)]
    [InlineData(HoconLimits.NestingMax, true)]
    [InlineData(HoconLimits.NestingMax + 1, false)]
    public void Nesting_is_bounded(int depth, bool isFine)
    {
        var text = "a = " + new string('[', depth) + new string(']', depth);

        var read = Record.Exception(() => HoconReader.Read(text, "x.conf"));

        (read is null).ShouldBe(isFine);
        (read is null or HoconException).ShouldBeTrue();
    }

    [Fact]
    public void Substitutions_that_multiply_are_stopped()
    {
        var lists = "a0 = [1,1,1,1,1,1,1,1,1,1]\n"
            + string.Concat(Enumerable.Range(1, 12).Select(i => $"a{i} = {string.Concat(Enumerable.Repeat($"${{a{i - 1}}} ", 10))}\n"));
        var texts = "a0 = xxxxxxxxxx\n"
            + string.Concat(Enumerable.Range(1, 12).Select(i => $"a{i} = {string.Concat(Enumerable.Repeat($"${{a{i - 1}}}", 10))}\n"));
        var chain = string.Concat(Enumerable.Range(1, 2_000).Select(i => $"a{i} = ${{a{i + 1}}}\n")) + "a2001 = 1";

        foreach (var text in new[] { lists, texts, chain })
        {
            Should.Throw<HoconException>(() => HoconReader.Read(text, "x.conf"));
        }
    }

    private static IEnumerable<string> Texts(HoconValue? list) => ((HoconArray)list!).Items.Select(i => ((HoconText)i).Value);
}
