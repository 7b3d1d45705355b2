namespace Gantry.Cli;

/// <summary>How data is written.</summary>
internal enum OutputFormat
{
    Table,
    Wide,
    Json,
    Yaml,
    Name,
    Tsv,
}

/// <summary>From the word of <c>-o</c>.</summary>
internal static class OutputFormats
{
    public static OutputFormat Parse(string? word) => word switch
    {
        "wide" => OutputFormat.Wide,
        "json" => OutputFormat.Json,
        "yaml" => OutputFormat.Yaml,
        "name" => OutputFormat.Name,
        "tsv" => OutputFormat.Tsv,
        _ => OutputFormat.Table,
    };
}
