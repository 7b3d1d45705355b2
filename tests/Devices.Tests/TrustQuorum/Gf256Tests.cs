using System.Security.Cryptography;
using Gantry.TrustQuorum.Protocol;
using Shouldly;
using Xunit;

namespace Gantry.Devices.Tests.TrustQuorum;

public sealed class Gf256Tests
{
    [Theory]
    [InlineData(0x53, 0xca, 0x01)]
    [InlineData(0x57, 0x83, 0xc1)]
    [InlineData(0x57, 0x13, 0xfe)]
    [InlineData(0x21, 0x12, 0x64)]
    [InlineData(0x02, 0x80, 0x1b)]
    [InlineData(0xff, 0xff, 0x13)]
    [InlineData(0x80, 0x80, 0x9a)]
    [InlineData(0x03, 0x07, 0x09)]
    [InlineData(0xb6, 0x53, 0x36)]
    [InlineData(0x0e, 0x0b, 0x62)]
    [InlineData(0x00, 0x55, 0x00)]
    [InlineData(0x01, 0xfe, 0xfe)]
    public void Products_are_those_of_the_vectors(byte a, byte b, byte product) => Gf256.Multiply(a, b).ShouldBe(product);

    [Theory]
    [InlineData(0x01, 0x01)]
    [InlineData(0x02, 0x8d)]
    [InlineData(0x03, 0xf6)]
    [InlineData(0x05, 0x52)]
    [InlineData(0x0a, 0x29)]
    [InlineData(0x10, 0x74)]
    [InlineData(0x1f, 0xb2)]
    [InlineData(0x20, 0x3a)]
    [InlineData(0x53, 0xca)]
    [InlineData(0x80, 0x83)]
    [InlineData(0xff, 0x1c)]
    [InlineData(0x00, 0x00)]
    public void Inverses_are_those_of_the_vectors(byte a, byte inverse) => Gf256.Inverse(a).ShouldBe(inverse);

    [Fact]
    public void Quotient_is_that_of_the_vector() => Gf256.Divide(0x07, 0x03).ShouldBe((byte)0xf4);

    [Fact]
    public void All_65536_products_are_right()
    {
        var products = new byte[65_536];
        for (var i = 0; i < products.Length; i++)
        {
            products[i] = Gf256.Multiply((byte)(i >> 8), (byte)i);
        }

        Hex.Of(SHA256.HashData(products)).ShouldBe("14a1e7e77ca8a30b5bb53e6310748ce0498eb9e04ab78a44dbefb6ebfac8a84b");
    }

    [Fact]
    public void All_inverses_are_right()
    {
        var inverses = Enumerable.Range(0, 256).Select(a => Gf256.Inverse((byte)a)).ToArray();

        Hex.Of(SHA256.HashData(inverses)).ShouldBe("a0b6126fef317bb998059c2fca3dddb40f2422e049866c3df87f1fde4e70a132");
    }

    [Fact]
    public void Wide_arithmetic_agrees_with_that_of_single_bytes_for_every_pair_and_length()
    {
        var source = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        for (var factor = 0; factor < 256; factor++)
        {
            var sum = source.Select(b => (byte)(b ^ 0xA5)).ToArray();
            var product = source.ToArray();

            Gf256.AddMultiple(sum, (byte)factor, source);
            Gf256.MultiplyAdd(product, (byte)factor, sum);

            for (var b = 0; b < 256; b++)
            {
                sum[b].ShouldBe((byte)(b ^ 0xA5 ^ Gf256.Multiply((byte)b, (byte)factor)));
                product[b].ShouldBe((byte)(Gf256.Multiply((byte)b, (byte)factor) ^ sum[b]));
            }
        }

        byte[] odd = [0x57, 0x83, 0x53];
        Gf256.AddMultiple(odd, 0x13, odd.ToArray());
        odd[0].ShouldBe((byte)(0x57 ^ 0xfe));
    }
}
