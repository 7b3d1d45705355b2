using Gantry.TrustQuorum.Protocol;
using Shouldly;
using Xunit;

namespace Gantry.Devices.Tests.TrustQuorum;

public sealed class ShamirTests
{
    private const string SecretC = "9ac1b010878089e534ee4979ff56f1b6999ded8c41977c05175e9752643991e2";

    private static readonly string[] SharesC =
    [
        "c8504cc9d13f8c07a6c7dee4e8b730310aa20922a168b7d3caec689db896aa4b",
        "20e06b5b945a74910724143c685df424557f9b41368bad79d2c1388f08fe83e3",
        "72719782c2e57173950d83a17fbc35a3c6407fefd67466af0f73c740d451b84a",
        "8de3fd236be59997623748781825bda3f304a3132966aefc0dd6e188ad923edb",
        "df7201fa3d5a9c75f01edfe50fc47c24603b47bdc999652ad0641e47713d0572",
    ];

    [Fact]
    public void Vector_A_gives_its_shares_and_digests()
    {
        var shares = Shamir.Evaluate(Hex.Bytes("4217"), 1, 3);

        shares.Select(s => Hex.Of(s.Y)).ShouldBe(["55", "6c", "7b"]);
        shares[0].Digest().ToString().ShouldBe("2d5ddbebe9ccbd296abb88ec6bf6b8f0bbb6520f5cb558037b1ce0e6e22dc268");
        shares[1].Digest().ToString().ShouldBe("e5df4283a4cc1907044581fc9c89b7782f855f09c20af751ee8ca64dbad2fb0f");
    }

    [Fact]
    public void Vector_B_gives_its_shares_and_its_secret_from_any_three()
    {
        var shares = Shamir.Evaluate(Hex.Bytes("deadbeef" + "01020304" + "a0b0c0d0"), 4, 5);

        shares.Select(s => Hex.Of(s.Y)).ShouldBe(["7f1f7d3b", "6a5f958a", "cbed565e", "34500650", "95e2c584"]);
        Combined(shares[0], shares[2], shares[4]).ShouldBe("deadbeef");
        Combined(shares[1], shares[3], shares[4]).ShouldBe("deadbeef");
        Combined(shares[0], shares[1]).ShouldBe("85d62554");
        At(4, shares[0], shares[1], shares[4]).ShouldBe("34500650");
        At(6, shares[0], shares[1], shares[2]).ShouldBe("80a22d35");
        At(255, shares[0], shares[1], shares[2]).ShouldBe("34764bfa");
    }

    [Fact]
    public void A_top_coefficient_of_zero_is_legal() =>
        Shamir.Evaluate(Hex.Bytes("deadbeef" + "01020304" + "00000000"), 4, 3).Select(s => Hex.Of(s.Y))
            .ShouldBe(["dfafbdeb", "dca9b8e7", "ddabbbe3"]);

    [Fact]
    public void Vector_C_gives_its_shares_and_digests()
    {
        var shares = Shamir.Evaluate(
            Hex.Bytes(SecretC + "579501f618f157aa90e4727a58c6fb34c0055864d259d18e3a6b15227390dcb5"
                + "0504fd2f4e4e524802cde5e74f273ab3533abcca32a61a58e7d9eaedaf3fe71c"),
            32,
            5);

        shares.Select(s => Hex.Of(s.Y)).ShouldBe(SharesC);
        shares.Select(s => s.Digest().ToString()).ShouldBe(
        [
            "c39d3706910228f002ebbf7ec45ea5e7195a5f574aa34af64a7bd7bced30d7bb",
            "f85e873668bcc886c8e96ef3793fa39a240b7178cb34e431ec90c16e51ec0d74",
            "29d9e4fea3c0088f8c84fdaf3fe54120736bd402070ebe34905209a044f142ba",
            "bf1fc901574b8cc22a4ec171311e9a4048f39b58cf54d2ba2b125d0ad5046be3",
            "dda238203d54f4d5cee01cdf13d799e88b0b6a914cc0286b8663181a139ef587",
        ]);
        Combined(shares[1], shares[2], shares[3]).ShouldBe(SecretC);
    }

    [Fact]
    public void Every_threshold_of_3_to_32_members_splits_and_combines()
    {
        for (var n = 3; n <= 32; n++)
        {
            for (var k = 2; k <= n; k++)
            {
                using var secret = RackSecret.Draw(new SeededSecretRandom((ulong)((n * 100) + k)));
                var shares = secret.Split(n, k, new SeededSecretRandom((ulong)k)).Shares!;

                Combined(shares[..k]).ShouldBe(Hex.Of(secret.Span), $"first {k} of {n}");
                Combined(shares[^k..]).ShouldBe(Hex.Of(secret.Span), $"last {k} of {n}");
                Combined(shares).ShouldBe(Hex.Of(secret.Span), $"all {n} with threshold {k}");
                Shamir.ComputeShare(shares.AsSpan(0, k), shares[^1].X).Share!.FixedTimeEquals(shares[^1]).ShouldBeTrue();
                if (k > 2)
                {
                    Combined(shares[..(k - 1)]).ShouldNotBe(Hex.Of(secret.Span), $"{k - 1} of {n} are too few");
                }
            }
        }
    }

    [Theory]
    [InlineData(3, 1, SplitError.ThresholdTooSmall)]
    [InlineData(3, 0, SplitError.ThresholdTooSmall)]
    [InlineData(2, 3, SplitError.TooFewTotalShares)]
    [InlineData(1, 1, SplitError.ThresholdTooSmall)]
    internal void Splits_that_make_no_sense_are_refused(int n, int k, SplitError error) =>
        Shamir.Split([1, 2, 3], n, k, SystemSecretRandom.Instance).Error.ShouldBe(error);

    [Fact]
    public void Shares_are_tested_in_order_and_the_first_fault_is_told()
    {
        var one = Hex.Share(1, "aa");
        var two = Hex.Share(2, "bb");
        var other = Hex.Share(2, "cc");
        var longer = Hex.Share(3, "ddee");

        Shamir.Combine([one]).Error.ShouldBe(CombineError.TooFewShares);
        Shamir.Combine([]).Error.ShouldBe(CombineError.TooFewShares);
        Shamir.Combine([one, longer]).Error.ShouldBe(CombineError.InvalidShareLengths);
        Shamir.Combine([one, two, other]).Error.ShouldBe(CombineError.DuplicateXCoordinates);
        Shamir.Combine([two, other, longer]).Error.ShouldBe(CombineError.DuplicateXCoordinates);
        Shamir.Combine([one, longer, two, other]).Error.ShouldBe(CombineError.InvalidShareLengths);
        Shamir.ComputeShare([one], 0).Error.ShouldBe(CombineError.InvalidShareId);
    }

    [Fact]
    public void A_rebuilt_secret_is_never_split_again()
    {
        using var drawn = RackSecret.Draw(SystemSecretRandom.Instance);
        var shares = drawn.Split(3, 2, SystemSecretRandom.Instance).Shares!;
        var rebuilt = RackSecret.Rebuild(shares).Secret!;

        rebuilt.FixedTimeEquals(drawn).ShouldBeTrue();
        Should.Throw<Gantry.Primitives.InvariantException>(() => rebuilt.Split(3, 2, SystemSecretRandom.Instance));
    }

    [Fact]
    public void A_rebuilt_secret_of_another_size_is_refused()
    {
        var (secret, error) = RackSecret.Rebuild([Hex.Share(1, "aa"), Hex.Share(2, "bb")]);

        secret.ShouldBeNull();
        error.ShouldBe(new TqReconstructError(null));
    }

    [Fact]
    public void An_all_zero_draw_is_drawn_again()
    {
        using var secret = RackSecret.Draw(new ZeroThenOne());

        secret.Span.ToArray().ShouldAllBe(b => b == 1);
    }

    private static string Combined(params KeyShare[] shares)
    {
        using var secret = Shamir.Combine(shares).Secret!;
        return Hex.Of(secret.Span);
    }

    private static string At(byte x, params KeyShare[] shares)
    {
        using var share = Shamir.ComputeShare(shares, x).Share!;
        return Hex.Of(share.Y);
    }

    private sealed class ZeroThenOne : ISecretRandom
    {
        private byte _next;

        public void Fill(Span<byte> bytes) => bytes.Fill(_next++);
    }
}
