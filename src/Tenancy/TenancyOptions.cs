using Microsoft.Extensions.Configuration;

namespace Gantry.Tenancy;

/// <summary>The section <c>gantry.bootstrap</c>: how the first administrator gets in.</summary>
public sealed class BootstrapOptions
{
    /// <summary>Token of the user <c>admin</c>, <c>gnt_&lt;prefix&gt;_&lt;secret&gt;</c>. Default none. A changed one replaces the former.</summary>
    public string? Token { get; set; }

    /// <summary>
    /// Where a generated token is written (readable by this user only) when <see cref="Token"/> is not set and <c>admin</c> has none.
    /// Default none: then nothing is generated and the log says how to get in.
    /// </summary>
    [ConfigurationKeyName("token_file")]
    public string? TokenFile { get; set; }
}
