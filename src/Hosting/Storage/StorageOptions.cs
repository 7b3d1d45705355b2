using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Gantry.Hosting;

/// <summary>The section <c>gantry.storage</c>.</summary>
public sealed class StorageOptions
{
    /// <summary>
    /// <c>sqlite</c> (default) or <c>memory</c>, which is gone when the process ends: for tests and trials only.
    /// </summary>
    [RegularExpression("^(sqlite|memory)$", ErrorMessage = "gantry.storage.kind must be sqlite or memory")]
    public string Kind { get; set; } = "sqlite";

    /// <summary>Data folder, made when missing. Default <c>data</c>. On a local disk; one node per folder.</summary>
    [Required(AllowEmptyStrings = false, ErrorMessage = "gantry.storage.path must name a folder on a local disk")]
    public string Path { get; set; } = "data";
}

/// <summary>Checks <see cref="StorageOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class StorageOptionsValidator : IValidateOptions<StorageOptions>;
