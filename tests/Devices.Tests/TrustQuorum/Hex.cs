using Gantry.TrustQuorum.Protocol;

namespace Gantry.Devices.Tests.TrustQuorum;

/// <summary>Reads the vectors of tq 2.10.</summary>
internal static class Hex
{
    public static byte[] Bytes(string hex) => Convert.FromHexString(hex);

    public static SecretBytes Secret(string hex) => SecretBytes.CopyOf(Bytes(hex));

    public static KeyShare Share(int x, string y) => new(Secret($"{x:x2}{y}"));

    public static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}
