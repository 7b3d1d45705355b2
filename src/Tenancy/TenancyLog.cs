using Gantry.Actors;
using Microsoft.Extensions.Logging;

namespace Gantry.Tenancy;

/// <summary>Log lines of the area: 2000 to 2099.</summary>
internal static partial class TenancyLog
{
    [LoggerMessage(2000, LogLevel.Information, "User admin of silo default can sign in with token {Token}")]
    public static partial void TokenSet(ILogger log, TokenText token);

    [LoggerMessage(2001, LogLevel.Information, "Token {Token} of user admin was generated and written to {File}")]
    public static partial void TokenGenerated(ILogger log, TokenText token, string file);

    [LoggerMessage(2002, LogLevel.Warning,
        "User admin has no token, so nobody can sign in. Next: set gantry.bootstrap.token or gantry.bootstrap.token_file and start again")]
    public static partial void NoToken(ILogger log);

    [LoggerMessage(2003, LogLevel.Debug, "{Address} exists")]
    public static partial void Exists(ILogger log, EntityAddress address);

    [LoggerMessage(2004, LogLevel.Warning, "{Address}, which the first start makes, was changed since and is left as it is: {Why}")]
    public static partial void LeftAlone(ILogger log, EntityAddress address, string why);
}
