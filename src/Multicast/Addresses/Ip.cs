using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gantry.Multicast;

/// <summary>
/// An IP address as a number: ordered (all IPv4 before all IPv6), with one text form. IPv6 text is RFC 5952, so that equal addresses are equal
/// strings in names, tags and views; <see cref="IPAddress"/> writes some of them with a dotted tail.
/// </summary>
/// <param name="Version">The family.</param>
/// <param name="Value">The address as an unsigned number, 32 bits for IPv4.</param>
[JsonConverter(typeof(IpJsonConverter))]
public readonly record struct Ip(IpVersion Version, UInt128 Value) : IComparable<Ip>
{
    // The longest text of an IPv6 address, with a dotted tail.
    private const int TextLengthMax = 45;

    /// <summary>Whether it is an IPv4 address.</summary>
    public bool IsV4 => Version == IpVersion.V4;

    /// <summary>Reads an address; null when the text is none. No brackets, zones, ports, prefixes or shorthand such as <c>10.1</c>.</summary>
    public static Ip? TryParse(string? text)
    {
        if (string.IsNullOrEmpty(text) || text.Length > TextLengthMax)
        {
            return null;
        }

        return text.Contains(':', StringComparison.Ordinal) ? TryParseV6(text) : TryParseV4(text);
    }

    /// <summary>Reads an address.</summary>
    /// <exception cref="FormatException">The text is no address.</exception>
    public static Ip Parse(string text) =>
        TryParse(text) ?? throw new FormatException($"\"{text}\" is not an IP address");

    /// <summary>An IPv4 address from its number.</summary>
    public static Ip V4(uint value) => new(IpVersion.V4, value);

    /// <summary>An IPv6 address from its two halves.</summary>
    public static Ip V6(ulong upper, ulong lower) => new(IpVersion.V6, new UInt128(upper, lower));

    /// <inheritdoc/>
    public int CompareTo(Ip other) => Version == other.Version ? Value.CompareTo(other.Value) : Version.CompareTo(other.Version);

    /// <summary>The canonical text.</summary>
    public override string ToString() => IsV4 ? V4Text((uint)Value) : V6Text(Value);

    public static bool operator <(Ip left, Ip right) => left.CompareTo(right) < 0;

    public static bool operator >(Ip left, Ip right) => left.CompareTo(right) > 0;

    public static bool operator <=(Ip left, Ip right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Ip left, Ip right) => left.CompareTo(right) >= 0;

    /// <summary>The eight 16-bit segments of an IPv6 address, first one first.</summary>
    internal static ushort[] Segments(UInt128 value)
    {
        var segments = new ushort[8];
        for (var i = 0; i < 8; i++)
        {
            segments[i] = (ushort)(value >> (112 - (16 * i)));
        }

        return segments;
    }

    private static Ip? TryParseV4(string text)
    {
        var parts = text.Split('.');
        if (parts.Length != 4)
        {
            return null;
        }

        uint value = 0;
        foreach (var part in parts)
        {
            // A leading zero would be octal to some readers: refused, as in the original.
            if (part.Length is 0 or > 3 || !part.All(char.IsAsciiDigit) || (part.Length > 1 && part[0] == '0'))
            {
                return null;
            }

            var octet = uint.Parse(part, NumberStyles.None, CultureInfo.InvariantCulture);
            if (octet > 255)
            {
                return null;
            }

            value = (value << 8) | octet;
        }

        return V4(value);
    }

    private static Ip? TryParseV6(string text)
    {
        if (!text.All(c => char.IsAsciiHexDigit(c) || c is ':' or '.') || !IPAddress.TryParse(text, out var address))
        {
            return null;
        }

        Span<byte> bytes = stackalloc byte[16];
        return address.TryWriteBytes(bytes, out var written) && written == 16
            ? new Ip(IpVersion.V6, BinaryPrimitives.ReadUInt128BigEndian(bytes))
            : null;
    }

    private static string V4Text(uint value) =>
        $"{value >> 24}.{(value >> 16) & 0xFF}.{(value >> 8) & 0xFF}.{value & 0xFF}";

    private static string V6Text(UInt128 value)
    {
        if (value >> 32 == 0xFFFF)
        {
            return $"::ffff:{V4Text((uint)value)}";
        }

        var segments = Segments(value);
        var (start, length) = LongestZeroRun(segments);
        var text = new StringBuilder(TextLengthMax);
        for (var i = 0; i < 8; i++)
        {
            if (i == start)
            {
                text.Append("::");
                i += length - 1;
                continue;
            }

            if (text.Length > 0 && text[^1] != ':')
            {
                text.Append(':');
            }

            text.Append(CultureInfo.InvariantCulture, $"{segments[i]:x}");
        }

        return text.ToString();
    }

    // RFC 5952: the first of the longest runs of at least two.
    private static (int Start, int Length) LongestZeroRun(ushort[] segments)
    {
        var (bestStart, bestLength) = (-1, 1);
        for (var i = 0; i < 8; i++)
        {
            var length = 0;
            while (i + length < 8 && segments[i + length] == 0)
            {
                length++;
            }

            if (length > bestLength)
            {
                (bestStart, bestLength) = (i, length);
            }

            i += Math.Max(length - 1, 0);
        }

        return (bestStart, bestLength);
    }
}

/// <summary>The two families. IPv4 sorts first.</summary>
[SuppressMessage("Naming", "CA1720", Justification = "V4 and V6 are the words of the field")]
public enum IpVersion
{
    /// <summary>IPv4, <c>v4</c> on the wire.</summary>
    V4,

    /// <summary>IPv6, <c>v6</c> on the wire.</summary>
    V6,
}

/// <summary>Wire words of the families.</summary>
public static class IpVersions
{
    /// <summary><c>v4</c> or <c>v6</c>.</summary>
    public static string Word(this IpVersion version) => version == IpVersion.V4 ? "v4" : "v6";

    /// <summary>Reads <c>v4</c> or <c>v6</c>; null for anything else.</summary>
    public static IpVersion? TryParse(string? word) => word switch
    {
        "v4" => IpVersion.V4,
        "v6" => IpVersion.V6,
        _ => null,
    };
}

/// <summary>Writes an address as its canonical text.</summary>
public sealed class IpJsonConverter : JsonConverter<Ip>
{
    /// <inheritdoc/>
    public override Ip Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Ip.TryParse(reader.GetString()) ?? throw new JsonException("not an IP address");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Ip value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());

    /// <inheritdoc/>
    public override Ip ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Read(ref reader, typeToConvert, options);

    /// <inheritdoc/>
    public override void WriteAsPropertyName(Utf8JsonWriter writer, Ip value, JsonSerializerOptions options) =>
        writer.WritePropertyName(value.ToString());
}
