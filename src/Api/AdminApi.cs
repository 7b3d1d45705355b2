namespace Gantry.Api;

/// <summary>All operations of the admin listener: one line per noun.</summary>
internal static class AdminApi
{
    public static void Map(ApiRoutes api)
    {
        RackSetupEndpoints.Map(api);
        QuorumAdminEndpoints.Map(api);
        SledAdminEndpoints.Map(api);
    }
}
