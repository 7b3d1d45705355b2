namespace Gantry.Api;

/// <summary>All operations of the internal listener: what sleds call.</summary>
internal static class InternalApi
{
    public static void Map(ApiRoutes api)
    {
        SystemEndpoints.MapInternal(api);
        SledAgentEndpoints.Map(api);
        VmmEndpoints.Map(api);
    }
}
