namespace Gantry.Api;

/// <summary>All operations of the external listener: one line per noun.</summary>
internal static class ExternalApi
{
    public static void Map(ApiRoutes api)
    {
        SystemEndpoints.Map(api);
        UserEndpoints.Map(api);
        TokenEndpoints.Map(api);
        LocalUserEndpoints.Map(api);
        PolicyEndpoints.Map(api);
        SiloEndpoints.Map(api);
        QuotaEndpoints.Map(api);
        ProjectEndpoints.Map(api);
        InstanceEndpoints.Map(api);
        InstanceEventEndpoints.Map(api);
        MigrateEndpoints.Map(api);
        VmmListEndpoints.Map(api);
        AffinityEndpoints.Map(api);
        RackEndpoints.Map(api);
        SwitchLookEndpoints.Map(api);
        SledEndpoints.Map(api);
        SledEventEndpoints.Map(api);
        SledOperationEndpoints.Map(api);
        LongWorkEndpoints.Map(api);
        QuorumEndpoints.Map(api);
        QuorumDraftEndpoints.Map(api);
        QuorumChangeEndpoints.Map(api);
        QuorumLookEndpoints.Map(api);
        PoolEndpoints.Map(api);
        PoolLinkEndpoints.Map(api);
        GroupEndpoints.Map(api);
        ExplicitGroupEndpoints.Map(api);
        GroupMemberEndpoints.Map(api);
        VpcEndpoints.Map(api);
        ExternalIpEndpoints.Map(api);
        FloatingIpEndpoints.Map(api);
        MembershipEndpoints.Map(api);
        GroupTreeEndpoints.Map(api);
        LimitEndpoints.Map(api);
        WatchEndpoints.Map(api);
        EventEndpoints.Map(api);
    }
}
