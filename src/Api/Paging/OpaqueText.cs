using System.Buffers.Text;

namespace Gantry.Api;

/// <summary>URL-safe base64 in its one canonical form: what was changed in any character is not read.</summary>
internal static class OpaqueText
{
    public static string Write(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    public static byte[]? Read(string text, int lengthMax)
    {
        if (text.Length == 0 || text.Length > lengthMax || !Base64Url.IsValid(text))
        {
            return null;
        }

        // The decoder forgives white space, padding and stray bits at the end.
        var bytes = Base64Url.DecodeFromChars(text);
        return Base64Url.EncodeToString(bytes) == text ? bytes : null;
    }
}
