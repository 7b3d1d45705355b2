using Gantry.Actors;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Contract;

public sealed class AddressTests
{
    private const int FuzzInputs = 20_000;

    [Theory]
    [InlineData("", 16294208416658607535UL)]
    [InlineData("a", 7075883509774426401UL)]
    [InlineData("12345678", 12729979880924091435UL)]
    [InlineData("vmm/7c9e6679-7425-40de-944b-e07fc1f90ae7", 10801187676806012167UL)]
    [InlineData("multicast-group/größe", 6520109275999760702UL)]
    [Trait("spec", "engine/2.2")]
    public void The_hash_is_on_disk_and_never_changes(string text, ulong golden) => StableHash.Of(text).ShouldBe(golden);

    [Theory]
    [InlineData("rack", "r1", 114)]
    [InlineData("sled", "913-0000019:BRM42220031", 51)]
    [InlineData("vmm", "7c9e6679-7425-40de-944b-e07fc1f90ae7", 7)]
    [InlineData("saga.instance-start", "7c9e6679", 80)]
    [Trait("spec", "engine/2.2")]
    public void The_shard_of_an_address_never_changes(string kind, string key, int golden) =>
        ShardId.Of(new EntityAddress(kind, key), ShardId.DefaultCount).Value.ShouldBe(golden);

    [Fact]
    [Trait("spec", "engine/2.2")]
    public void Shards_are_used_evenly()
    {
        var counts = new int[ShardId.DefaultCount];
        for (var i = 0; i < 12_800; i++)
        {
            counts[ShardId.Of(new EntityAddress("vmm", $"{i}"), ShardId.DefaultCount).Value]++;
        }

        counts.Min().ShouldBeGreaterThan(50);
        counts.Max().ShouldBeLessThan(160);
    }

    [Theory]
    [InlineData(119, true)]
    [InlineData(120, true)]
    [InlineData(121, false)]
    [Trait("spec", "engine/2.2")]
    public void An_address_has_at_most_120_bytes(int bytes, bool isAddress) =>
        EntityAddress.TryParse($"k/{new string('x', bytes - 2)}", out _).ShouldBe(isAddress);

    [Theory]
    [InlineData("vmm")]
    [InlineData("/x")]
    [InlineData("vmm/")]
    [InlineData("Vmm/x")]
    [InlineData("vmm/a b")]
    [InlineData("vmm/a/b")]
    [InlineData("vmm/é")]
    [InlineData("vmm/a\0b")]
    [Trait("spec", "engine/2.2")]
    public void What_breaks_the_rule_is_no_address(string text) => EntityAddress.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    [Trait("spec", "engine/2.2")]
    public void Any_text_is_an_address_that_reads_back_the_same_or_none()
    {
        var random = new SeededRandomSource(20_26);
        const string alphabet = "abz019-._/:AZ ~!\0é\uD800";
        for (var i = 0; i < FuzzInputs; i++)
        {
            var text = string.Create(random.Next(140), random, static (span, dice) =>
            {
                for (var at = 0; at < span.Length; at++)
                {
                    span[at] = alphabet[dice.Next(dice.Next(4) == 0 ? alphabet.Length : 8)];
                }
            });

            if (EntityAddress.TryParse(text, out var address))
            {
                address.Value.ToString().ShouldBe(text);
                EntityAddress.Parse(text).ShouldBe(address.Value);
                text.Length.ShouldBeLessThanOrEqualTo(EntityAddress.BytesMax);
            }
        }
    }
}
