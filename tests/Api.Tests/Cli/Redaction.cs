using System.Text.RegularExpressions;

namespace Gantry.Api.Tests;

/// <summary>Takes out of a text what differs from run to run.</summary>
internal static partial class Redaction
{
    public static string Of(string text) =>
        Address().Replace(Age().Replace(Time().Replace(ShortId().Replace(Id().Replace(text, "<id>"), "<id>"), "<time>"), "<age>"), "<host>");

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", RegexOptions.None, 1000)]
    private static partial Regex Id();

    [GeneratedRegex("[0-9a-f]{4}…[0-9a-f]{4}", RegexOptions.None, 1000)]
    private static partial Regex ShortId();

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT[0-9:.]+(Z|\+00:00)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Time();

    [GeneratedRegex(@"(?<=  )\d+[smhd]\b", RegexOptions.None, 1000)]
    private static partial Regex Age();

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+", RegexOptions.None, 1000)]
    private static partial Regex Address();
}
