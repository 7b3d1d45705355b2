using System.Net.Sockets;
using Gantry.Actors.Cluster;
using Gantry.Actors.Storage;
using Gantry.Hocon;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace Gantry.Node;

/// <summary>Turns the failures that an operator can mend into one clear text; anything else keeps its stack.</summary>
internal static class StartFailure
{
    /// <summary>What a node exits with when it could not start.</summary>
    public const int ExitCode = 1;

    /// <summary>The text, or null when the failure is a bug.</summary>
    public static string? Explain(Exception failure) => failure switch
    {
        HoconException or StoreRefusedException or StoreConnectionException or LinkRefusedException => $"error: {failure.Message}",
        OptionsValidationException options => $"error: {string.Join("\n  ", options.Failures)}",
        InvalidOperationException { Message: var text } when text.StartsWith("Failed to convert configuration value", StringComparison.Ordinal) => $"error: {text}",
        IOException { InnerException: AddressInUseException } io => InUse(io),
        SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } => InUse(failure),
        AggregateException { InnerException: { } inner } => Explain(inner),
        _ => null,
    };

    private static string InUse(Exception failure) =>
        $"error: {failure.Message}\n  next: stop what listens there, or choose another port with --set gantry.api.external.port=…, gantry.api.internal.port=…, gantry.api.admin.port=… or gantry.cluster.link.port=…";
}
