using Gantry.Actors;
using Gantry.Contracts;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>VMMs for operators: list, show. Our own.</summary>
internal static class VmmListEndpoints
{
    private const string Tag = "system/vmms";
    private const string Root = "/v1/system/vmms";

    public static void Map(ApiRoutes api)
    {
        api.Get(Root, "vmm_list", Tag, "List VMMs that are not torn down")
            .Fleet(Rank.Viewer)
            .Query("instance", "only those of an instance, by id")
            .Query("sled", "only those on a sled, by id")
            .Query("state", "only those in a state, for example running")
            .Paged(SortOrder.IdOnly)
            .Answers(200, VmmApiJson.Default.VmmPage)
            .Handle(ListAsync);
        api.Get($"{Root}/{{vmm_id}}", "vmm_view", Tag, "Fetch VMM")
            .Fleet(Rank.Viewer)
            .Answers(200, VmmApiJson.Default.VmmAnswer)
            .Handle(ShowAsync);
    }

    private static ValueTask<IResult> ListAsync(ApiCall call, CancellationToken ct)
    {
        var query = new ViewQuery<VmmRow>(InstanceViews.Vmms);
        foreach (var column in (string[])["instance", "sled", "state"])
        {
            query = call.Query.TryGetValue(column, out var value) ? query.WhereEqual(column, value) : query;
        }

        return call.PageAsync(query, VmmAnswer.Of, VmmApiJson.Default.VmmPage, ct);
    }

    private static async ValueTask<IResult> ShowAsync(ApiCall call, CancellationToken ct)
    {
        var id = call.PathId("vmm_id").ToString();
        return await call.Views.GetAsync(InstanceViews.Vmms, id, ct).ConfigureAwait(false) is { } vmm
            ? call.Ok(VmmAnswer.Of(vmm.Row), VmmApiJson.Default.VmmAnswer)
            : call.NotFound("vmm", id);
    }
}

/// <summary>A VMM as the control plane has it.</summary>
internal sealed record VmmAnswer
{
    public required Guid Id { get; init; }

    public required Guid InstanceId { get; init; }

    public required Guid SledId { get; init; }

    public required string PropolisIp { get; init; }

    public required string State { get; init; }

    public required long Gen { get; init; }

    public string? FailureReason { get; init; }

    public required string CpuPlatform { get; init; }

    public VmmSideAnswer? MigrationIn { get; init; }

    public VmmSideAnswer? MigrationOut { get; init; }

    public required DateTimeOffset TimeStateUpdated { get; init; }

    public required DateTimeOffset TimeCreated { get; init; }

    public static VmmAnswer Of(VmmRow row) => new()
    {
        Id = row.Id.Value,
        InstanceId = row.Instance.Value,
        SledId = row.Sled.Value,
        PropolisIp = row.Address,
        State = row.State,
        Gen = row.StateGeneration,
        FailureReason = row.FailureReason,
        CpuPlatform = row.CpuPlatform,
        MigrationIn = VmmSideAnswer.Of(row.MigrationIn),
        MigrationOut = VmmSideAnswer.Of(row.MigrationOut),
        TimeStateUpdated = row.TimeStateUpdated,
        TimeCreated = row.TimeCreated,
    };
}

/// <summary>A VMM's side of a migration.</summary>
internal sealed record VmmSideAnswer(Guid MigrationId, string State, long Gen, DateTimeOffset TimeUpdated)
{
    public static VmmSideAnswer? Of(VmmMigrationRow? row) =>
        row is null ? null : new VmmSideAnswer(row.Migration.Value, row.State, row.StateGeneration, row.TimeUpdated);
}
