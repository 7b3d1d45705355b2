namespace Gantry.Hocon;

/// <summary>Bounds of what the reader takes. Configuration is written by people: anything larger is a mistake or an attack.</summary>
public static class HoconLimits
{
    /// <summary>Characters in one file.</summary>
    public const int FileCharsMax = 1 << 20;

    /// <summary>Objects and lists inside each other. The reader recurses once per level.</summary>
    public const int NestingMax = 64;

    /// <summary>Files that include each other.</summary>
    public const int IncludeDepthMax = 8;

    /// <summary>Files read for one configuration, included ones counted.</summary>
    public const int FilesMax = 64;

    /// <summary>Values after substitution: a few nested <c>${…}</c> can ask for any number.</summary>
    public const int ValuesMax = 100_000;

    /// <summary>Substitutions that lead to one another, together with the nesting they pass through.</summary>
    public const int ResolveDepthMax = 256;

    /// <summary>Characters in one text value after substitution.</summary>
    public const int TextCharsMax = 1 << 16;
}
