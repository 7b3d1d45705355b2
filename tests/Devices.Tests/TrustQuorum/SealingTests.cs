using Gantry.Primitives;
using Gantry.TrustQuorum.Protocol;
using Shouldly;
using Xunit;

namespace Gantry.Devices.Tests.TrustQuorum;

public sealed class SealingTests
{
    private const string First = "87026e4c4f357e214ff0f804c94d2a44c79507eca27ac9f186339dc8d6553fed";
    private const string Second = "9ac1b010878089e534ee4979ff56f1b6999ded8c41977c05175e9752643991e2";
    private const string Fifth = "b34b4d9fd80abc7b1b281b02d7d540e921bdd1954deb239ec2462230cee33812";

    private static readonly RackId Rack = new(Guid.Parse("0dbef452-a6dd-4831-bbdc-769ea3353f28"));
    private static readonly byte[] Rising = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private static readonly byte[] Falling = [.. Enumerable.Range(0, 32).Select(i => (byte)(0xFF - i))];

    [Fact]
    public void Vector_D_seals_one_prior_secret()
    {
        var context = new SealContext(Rack, 2, Secret(Second));
        using var key = PriorSecrets.Key(context, Rising);

        Hex.Of(key.Span).ShouldBe("f26bae468a30b9ac2d4315e4fc4fc087a2d7da2b8e3ea43570232d1c8e9e9877");
        Data(PriorSecrets.SealWithSalt([new(1, Secret(First))], context, Rising)).ShouldBe(
            "f439fe37821346da9b079993c4036a5efb14a49e12d00aabb0465bee4034e104ceebeb2f4f6bcde941e8ba6224fc3b3f375f5a9d3af37da1");
    }

    [Fact]
    public void Vector_D2_seals_two_prior_secrets()
    {
        var context = new SealContext(Rack, 5, Secret(Fifth));
        using var key = PriorSecrets.Key(context, Falling);

        Hex.Of(key.Span).ShouldBe("87f69dc6e6ca29a7feb0dabb7986802a1250e5f963b8b4949d96e6b88aecdc48");
        Data(PriorSecrets.SealWithSalt([new(1, Secret(First)), new(2, Secret(Second))], context, Falling)).ShouldBe(
            "8a1ab596600fcba8f2c1b2edd6e7c9438833db6bd8dd69d0d3996ba9150b4ff7afb0b09c5a24d6a2152329ee06dc546a8ec4f9bcc78a24617b0bd029fb114e62"
            + "21179e7f66b0cc387ac281caf3886564491b0fad386480d32a95ed531e78281f");
    }

    [Fact]
    public void What_was_sealed_opens_with_the_same_secret_rack_and_epoch_only()
    {
        var context = new SealContext(Rack, 5, Secret(Fifth));
        var sealedSecrets = PriorSecrets.Seal([new(1, Secret(First)), new(2, Secret(Second))], context, SystemSecretRandom.Instance);

        var (prior, error) = PriorSecrets.Open(sealedSecrets, context);

        error.ShouldBeNull();
        prior!.Keys.ShouldBe([1UL, 2UL]);
        Hex.Of(prior[1].Span).ShouldBe(First);
        Hex.Of(prior[2].Span).ShouldBe(Second);
        Error(sealedSecrets, context with { Epoch = 6 }).ShouldBe(DecryptionError.Aead);
        Error(sealedSecrets, context with { Rack = new RackId(Guid.Empty) }).ShouldBe(DecryptionError.Aead);
        Error(sealedSecrets, context with { Secret = Secret(First) }).ShouldBe(DecryptionError.Aead);
        Error(sealedSecrets with { Data = sealedSecrets.Data.SetItem(3, (byte)(sealedSecrets.Data[3] ^ 1)) }, context).ShouldBe(DecryptionError.Aead);
        Error(sealedSecrets with { Data = [1, 2, 3] }, context).ShouldBe(DecryptionError.Aead);
    }

    [Fact]
    public void Nothing_to_seal_is_a_bug() => Should.Throw<InvariantException>(
        () => PriorSecrets.Seal([], new SealContext(Rack, 2, Secret(Second)), SystemSecretRandom.Instance));

    [Fact]
    public void Vector_E_derives_the_disk_key()
    {
        using var key = DiskKeys.Derive(Rack, Secret(Second), new DiskIdentity("acme", "nvme1", "S123"));

        Hex.Of(key.Span).ShouldBe("14eca32f574c64c421a1f11881ab504c028cdec54478537784e3647ebb366ed3");
    }

    [Fact]
    public void Vector_F_combines_LRTQ_shares()
    {
        var shares = new[]
        {
            Hex.Share(1, "f25f54065c2c5121b0f1e93fc66f98348eed4ddf15d36b92f884900657ddfc00"),
            Hex.Share(2, "943e8a5ca204db54c29137119367efcd3754f7027c0c6af8ab769e39e2b96a05"),
            Hex.Share(3, "361dc0b2e8dc6488d43185e25f5f4667e1baa026e245685e5f68ac6c6d96d809"),
        };

        shares[0].Digest().ToString().ShouldBe("f6c4ba035f140ff6c7ffb5ec79a384c5e81f5327a05f10ffd24528ba3522bf9d");
        shares[1].Digest().ToString().ShouldBe("be9dfa7302a5f88b6e72cbc0bfaf69f7ccf9b5be3eb008fe27b37ce828cbd0be");
        foreach (var pair in new[] { shares[..2], shares[1..], [shares[2], shares[0]], shares })
        {
            using var secret = LrtqScalars.Combine(pair).Secret!;
            Hex.Of(secret.Span).ShouldBe("3d55140d30b7d94574ee9311d87120b0e486a4bbaf996d2c459382d3cb008f0c");
        }

        LrtqScalars.Combine(shares.AsSpan(0, 1)).Error.ShouldBe(CombineError.TooFewShares);
        LrtqScalars.Combine([shares[0], shares[0]]).Error.ShouldBe(CombineError.DuplicateXCoordinates);
    }

    private static RackSecret Secret(string hex) => RackSecret.Own(Hex.Secret(hex));

    private static string Data(EncryptedRackSecrets sealedSecrets) => Hex.Of(sealedSecrets.Data.AsSpan());

    private static DecryptionError? Error(EncryptedRackSecrets sealedSecrets, in SealContext context) =>
        PriorSecrets.Open(sealedSecrets, context).Error;
}
