using Gantry.Primitives;

namespace Gantry.Api;

/// <summary>Whether a path segment has the form that its parameter asks for.</summary>
internal static class PathCheck
{
    private const int TextLengthMax = 255;

    public static string? WhyNot(string text, PathForm form) => form switch
    {
        PathForm.Id => Guid.TryParseExact(text, "D", out _) ? null : "it is known by UUID only, and this is none",
        PathForm.NameOrId => Guid.TryParseExact(text, "D", out _) ? null : ObjectName.WhyNot(text) is { } why
            ? $"neither a UUID nor a name: {why}"
            : null,
        _ => text.Length <= TextLengthMax ? null : $"it has {text.Length} characters, at most {TextLengthMax} are read",
    };
}
