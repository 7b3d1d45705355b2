using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

public sealed class PageTokenTests
{
    private const int Mutations = 20_000;
    private const ulong Seed = 20_250_717;

    private static readonly ImmutableSortedDictionary<string, string> s_parameters =
        ImmutableSortedDictionary<string, string>.Empty.Add("sort_by", "name_descending").Add("project", new string('p', 63));

    [Fact]
    public void A_token_comes_back_as_it_was_written()
    {
        var text = PageToken.Write("scan", s_parameters, new ViewCursor("web-1", "key"));

        var token = PageToken.Read("scan", text).ShouldNotBeNull();

        token.Cursor.ShouldBe(new ViewCursor("web-1", "key"));
        token.Q.ShouldBe(s_parameters);
    }

    [Fact]
    public void The_longest_names_and_keys_fit_the_bound()
    {
        var text = PageToken.Write("scan", s_parameters, new ViewCursor(new string('n', 63), new string('k', 80)));

        text.Length.ShouldBeLessThanOrEqualTo(ApiLimits.PageTokenLengthMax);
    }

    [Fact]
    public void A_token_of_another_scan_is_none()
    {
        var text = PageToken.Write("one", s_parameters, new ViewCursor(null, "key"));

        PageToken.Read("other", text).ShouldBeNull();
    }

    [Fact]
    public void No_mutation_is_read_as_a_token_and_none_throws()
    {
        var random = new SeededRandomSource(Seed);
        var good = PageToken.Write("scan", s_parameters, new ViewCursor("web-1", "key"));
        for (var i = 0; i < Mutations; i++)
        {
            var text = Mutate(good, random);

            (text == good || PageToken.Read("scan", text) is null).ShouldBeTrue($"seed {Seed}, mutation {i}: {text}");
        }
    }

    [Fact]
    public void Watch_tokens_survive_the_same_treatment()
    {
        var random = new SeededRandomSource(Seed);
        var position = new FeedPosition(Enumerable.Range(0, 128).ToImmutableSortedDictionary(s => s, s => 1_000_000L * s));
        var good = new WatchResume(position, ["sled", "switch"], DateTimeOffset.UnixEpoch).Write();

        WatchResume.Read(good).ShouldNotBeNull().Position.Shards.ShouldBe(position.Shards);
        good.Length.ShouldBeLessThanOrEqualTo(WatchLimits.ResumeLengthMax);
        for (var i = 0; i < Mutations; i++)
        {
            var text = Mutate(good, random);

            (text == good || WatchResume.Read(text) is null).ShouldBeTrue($"seed {Seed}, mutation {i}: {text}");
        }
    }

    private static string Mutate(string good, SeededRandomSource random)
    {
        var text = good.ToCharArray().ToList();
        for (var edits = 1 + random.Next(4); edits > 0 && text.Count > 1; edits--)
        {
            var at = random.Next(text.Count);
            switch (random.Next(4))
            {
                case 0:
                    text[at] = (char)(32 + random.Next(95));
                    break;
                case 1:
                    text.RemoveAt(at);
                    break;
                case 2:
                    text.Insert(at, (char)random.Next(256));
                    break;
                default:
                    text.RemoveRange(at, text.Count - at);
                    break;
            }
        }

        return new string([.. text]);
    }
}
