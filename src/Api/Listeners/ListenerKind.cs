using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gantry.Api;

/// <summary>The two listeners of the gateway (README of the specs).</summary>
internal enum ListenerKind
{
    /// <summary>Operators: <c>/v1</c>, documents, health, metrics.</summary>
    External,

    /// <summary>Sleds: doorbell, registration, ping.</summary>
    Internal,
}

/// <summary>Set on connections of the internal listener; everything else is external.</summary>
internal sealed class InternalListenerFeature
{
    public static readonly InternalListenerFeature Instance = new();

    public static ListenerKind KindOf(HttpContext context) =>
        context.Features.Get<InternalListenerFeature>() is null ? ListenerKind.External : ListenerKind.Internal;
}

/// <summary>Marks a Kestrel endpoint as the internal listener.</summary>
public static class InternalListenerExtensions
{
    /// <summary>
    /// Says that connections of this endpoint come from sleds. The mark sits on the connection, so no <c>Host</c> header can
    /// reach one listener's operations through the other.
    /// </summary>
    public static ListenOptions UseGantryInternal(this ListenOptions options)
    {
        options.Use(next => connection =>
        {
            connection.Features.Set(InternalListenerFeature.Instance);
            return next(connection);
        });
        return options;
    }
}
