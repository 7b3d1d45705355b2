using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gantry.Api;

/// <summary>The listeners of the gateway (README of the specs).</summary>
internal enum ListenerKind
{
    /// <summary>Operators: <c>/v1</c>, documents, health, metrics.</summary>
    External,

    /// <summary>Sleds: doorbell, registration, ping.</summary>
    Internal,

    /// <summary>Who runs the product, on loopback: operations that Nexus keeps "lockstep". Fleet admins.</summary>
    Admin,
}

/// <summary>Set on connections of the internal and the admin listener; everything else is external.</summary>
internal sealed class ListenerFeature(ListenerKind kind)
{
    public static readonly ListenerFeature Internal = new(ListenerKind.Internal);
    public static readonly ListenerFeature Admin = new(ListenerKind.Admin);

    private ListenerKind Kind { get; } = kind;

    public static ListenerKind KindOf(HttpContext context) => context.Features.Get<ListenerFeature>()?.Kind ?? ListenerKind.External;
}

/// <summary>Marks a Kestrel endpoint as the internal or the admin listener.</summary>
public static class InternalListenerExtensions
{
    /// <summary>
    /// Says that connections of this endpoint come from sleds. The mark sits on the connection, so no <c>Host</c> header can
    /// reach one listener's operations through the other.
    /// </summary>
    public static ListenOptions UseGantryInternal(this ListenOptions options) => Mark(options, ListenerFeature.Internal);

    /// <summary>Says that connections of this endpoint come from those who run the product; it belongs on loopback.</summary>
    public static ListenOptions UseGantryAdmin(this ListenOptions options) => Mark(options, ListenerFeature.Admin);

    private static ListenOptions Mark(ListenOptions options, ListenerFeature feature)
    {
        options.Use(next => connection =>
        {
            connection.Features.Set(feature);
            return next(connection);
        });
        return options;
    }
}
