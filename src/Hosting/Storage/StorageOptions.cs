using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Gantry.Hosting;

/// <summary>The section <c>gantry.storage</c>.</summary>
public sealed class StorageOptions
{
    /// <summary>
    /// <c>sqlite</c> (default), <c>postgres</c>, or <c>memory</c>, which is gone when the process ends: for tests and trials only.
    /// </summary>
    [RegularExpression("^(sqlite|postgres|memory)$", ErrorMessage = "gantry.storage.kind must be sqlite, postgres or memory")]
    public string Kind { get; set; } = "sqlite";

    /// <summary>Data folder, made when missing. Default <c>data</c>. On a local disk; one node per folder.</summary>
    [Required(AllowEmptyStrings = false, ErrorMessage = "gantry.storage.path must name a folder on a local disk")]
    public string Path { get; set; } = "data";

    /// <summary>Npgsql connection string of the database, for <c>postgres</c>. Reaches the server itself, not a transaction pooler.</summary>
    public string Connection { get; set; } = "";

    /// <summary>Serve on a server that may lose what it acknowledged. Default false.</summary>
    [ConfigurationKeyName("allow_unsafe")]
    public bool AllowUnsafe { get; set; }

    /// <summary>What a person is told about where the store is; no password.</summary>
    internal string Place => Kind switch
    {
        "memory" => "in memory",
        "postgres" => "PostgreSQL",
        _ => Path,
    };
}

/// <summary>Checks <see cref="StorageOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class StorageOptionsValidator : IValidateOptions<StorageOptions>;
