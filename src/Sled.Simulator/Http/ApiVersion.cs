namespace Gantry.Sled.Simulator;

/// <summary>The <c>api-version</c> header of an internal API (vmm 5.1).</summary>
internal static class ApiVersion
{
    public static readonly Version Newest = new(50, 0, 0);

    /// <summary>From this version on there are live multicast joins (multicast 8.1).</summary>
    public static readonly Version Multicast = new(7, 0, 0);

    /// <summary>From this version on memberships go by the group's address alone (multicast 8.2).</summary>
    public static readonly Version PlainMemberships = new(49, 0, 0);

    /// <summary>From this version on the packet engine is told where groups go.</summary>
    public static readonly Version PacketEngine = new(50, 0, 0);

    /// <summary>The version asked for, or why not.</summary>
    public static (Version? Version, Answer? Error) Of(HttpRequest request)
    {
        if (!request.Headers.TryGetValue("api-version", out var values) || values.Count == 0)
        {
            return (null, Answer.BadRequest("missing expected header \"api-version\""));
        }

        var text = values.ToString();
        if (!Version.TryParse(text, out var version) || version.Build < 0 || version.Revision >= 0)
        {
            return (null, Answer.BadRequest($"header \"api-version\" is not a version such as {Newest}: \"{text}\""));
        }

        return version > Newest
            ? (null, Answer.BadRequest($"server does not support this API version: {version}; the newest is {Newest}"))
            : (version, null);
    }
}
