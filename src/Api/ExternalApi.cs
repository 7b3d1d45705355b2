namespace Gantry.Api;

/// <summary>All operations of the external listener: one line per noun.</summary>
internal static class ExternalApi
{
    public static void Map(ApiRoutes api)
    {
        SystemEndpoints.Map(api);
    }
}
