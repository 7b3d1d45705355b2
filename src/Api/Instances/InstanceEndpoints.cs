using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Instances;
using Gantry.Multicast;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Gantry.Api;

/// <summary>Instances: list, show, create, change, delete, start, stop, reboot (vmm-sled-rack 5.4).</summary>
internal static class InstanceEndpoints
{
    private const string Tag = "instances";
    private const string One = "/v1/instances/{instance}";
    private static readonly TimeSpan s_cooldown = TimeSpan.FromMinutes(5);

    public static void Map(ApiRoutes api)
    {
        api.Get("/v1/instances", "instance_list", Tag, "List instances")
            .OnProject(Rank.Viewer)
            .Query(FoundInstance.ProjectQuery, "name or id of the project")
            .Paged(SortOrder.Named)
            .Answers(200, InstanceApiJson.Default.InstancePage)
            .Handle(ListAsync);
        api.Post("/v1/instances", "instance_create", Tag, "Create instance")
            .OnProject(Rank.Operator)
            .Query(FoundInstance.ProjectQuery, "name or id of the project", isRequired: true)
            .WaitsForSled()
            .Body(InstanceApiJson.Default.InstanceCreate)
            .NotServed("anti_affinity_groups")
            .NotServed("boot_disk")
            .NotServed("disks")
            .NotServed("network_interfaces", """{"type":"default_dual_stack"}""")
            .NotServed("ssh_public_keys")
            .NotServed("user_data")
            .Answers(201, InstanceApiJson.Default.InstanceAnswer)
            .Handle(CreateAsync);
        Scoped(api.Get(One, "instance_view", Tag, "Fetch instance"))
            .OnProject(Rank.Viewer)
            .Answers(200, InstanceApiJson.Default.InstanceAnswer)
            .Handle(ShowAsync);
        Scoped(api.Put(One, "instance_update", Tag, "Update instance"))
            .OnProject(Rank.Operator)
            .WaitsForSled()
            .Body(InstanceApiJson.Default.InstanceUpdateBody)
            .Answers(200, InstanceApiJson.Default.InstanceAnswer)
            .Handle(UpdateAsync);
        Scoped(api.Delete(One, "instance_delete", Tag, "Delete instance"))
            .OnProject(Rank.Operator)
            .Answers(204)
            .Handle(DeleteAsync);
        MapRunning(api);
    }

    private static void MapRunning(ApiRoutes api)
    {
        Scoped(api.Post($"{One}/start", "instance_start", Tag, "Boot instance"))
            .OnProject(Rank.Operator)
            .WaitsForSled()
            .Answers(202, InstanceApiJson.Default.InstanceAnswer)
            .Handle((call, ct) => ChangeAsync(call, (service, row) =>
                service.StartAsync(row, VmmId.From(call.NewId("vmm")), call.Ask(), ct), ct));
        Scoped(api.Post($"{One}/stop", "instance_stop", Tag, "Stop instance"))
            .OnProject(Rank.Operator)
            .WaitsForSled()
            .Answers(202, InstanceApiJson.Default.InstanceAnswer)
            .Handle((call, ct) => ChangeAsync(call, (service, row) => service.StopAsync(row.Id, call.Ask(), ct), ct));
        Scoped(api.Post($"{One}/reboot", "instance_reboot", Tag, "Reboot instance"))
            .OnProject(Rank.Operator)
            .WaitsForSled()
            .Answers(202, InstanceApiJson.Default.InstanceAnswer)
            .Handle((call, ct) => ChangeAsync(call, (service, row) => service.RebootAsync(row.Id, call.Ask(), ct), ct));
    }

    private static OperationBuilder Scoped(OperationBuilder operation) =>
        operation.Query(FoundInstance.ProjectQuery, "name or id of the project; needed with a name, not allowed with an id");

    private static async ValueTask<IResult> ListAsync(ApiCall call, CancellationToken ct)
    {
        if (!call.Query.TryGetValue(FoundInstance.ProjectQuery, out var text))
        {
            return call.Refuse(Refusal.Invalid("ProjectMissing", "instances are listed by project", "add ?project=…"));
        }

        var project = await FoundProject.OfAsync(call, text, Rank.Viewer, ct).ConfigureAwait(false);
        return project.Row is { } row
            ? await call.PageAsync(
                new ViewQuery<InstanceRow>(InstanceViews.Instances).WhereEqual("project", row.Id.ToString()),
                AnswerOf,
                InstanceApiJson.Default.InstancePage,
                ct).ConfigureAwait(false)
            : project.Failure!; // no row means a failure
    }

    private static async ValueTask<IResult> ShowAsync(ApiCall call, CancellationToken ct)
    {
        var found = await FoundInstance.OfAsync(call, Rank.Viewer, ct).ConfigureAwait(false);
        return found.Row is { } row
            ? call.Ok(AnswerOf(row), InstanceApiJson.Default.InstanceAnswer, row.Generation)
            : found.Failure!; // no row means a failure
    }

    private static async ValueTask<IResult> CreateAsync(ApiCall call, CancellationToken ct)
    {
        var project = await FoundProject.OfAsync(
            call, call.Query[FoundInstance.ProjectQuery], Rank.Operator, ct).ConfigureAwait(false);
        if (project.Row is not { } row)
        {
            return project.Failure!; // no row means a failure
        }

        var body = call.Body<InstanceCreate>();
        if (ExternalIpMaps.Read(body.ExternalIps, out var externalIps) is { } malformed)
        {
            return call.Refuse(malformed);
        }

        if (WhyNotWishes(call, body.MulticastGroups) is { } badWish)
        {
            return call.Refuse(badWish);
        }

        var id = InstanceId.From(call.NewId());
        var isReplay = await RowAsync(call, id, ct).ConfigureAwait(false) is not null;
        var wanted = new CreateData
        {
            Instance = id,
            Project = row.Id,
            Silo = row.Silo,
            Name = body.Name,
            Description = body.Description,
            Config = new InstanceConfig(body.Ncpus, body.Memory, body.Hostname)
            {
                AutoRestartPolicy = body.AutoRestartPolicy,
                CpuPlatform = body.CpuPlatform,
                EnableJumboFrames = body.EnableJumboFrames ?? false,
            },
            ExternalIps = externalIps,
            Groups = WishesOf(body.MulticastGroups) ?? [],
            FirstVmm = body.Start ?? true ? VmmId.From(call.NewId("vmm")) : null,
            Caller = call.Principal,
            CallerSilo = call.Caller.Silo,
        };
        var outcome = await call.Service<InstanceService>().CreateAsync(wanted, call.Ask(), ct).ConfigureAwait(false);
        return await call.AnswerAsync(outcome, async _ =>
        {
            call.MarkReplay(isReplay);
            return await RowAsync(call, id, ct).ConfigureAwait(false) is { } made
                ? call.Created(AnswerOf(made), InstanceApiJson.Default.InstanceAnswer, $"/v1/instances/{id}", made.Generation)
                : call.NotFound("instance", body.Name);
        }).ConfigureAwait(false);
    }

    private static async ValueTask<IResult> UpdateAsync(ApiCall call, CancellationToken ct)
    {
        var found = await FoundInstance.OfAsync(call, Rank.Operator, ct).ConfigureAwait(false);
        if (found.Row is not { } row)
        {
            return found.Failure!; // no row means a failure
        }

        var body = call.Body<InstanceUpdateBody>();
        if (WhyNotWishes(call, body.MulticastGroups) is { } badWish)
        {
            return call.Refuse(badWish);
        }

        var wanted = new InstanceConfig(body.Ncpus, body.Memory, row.Hostname)
        {
            AutoRestartPolicy = body.AutoRestartPolicy,
            CpuPlatform = body.CpuPlatform,
            EnableJumboFrames = body.EnableJumboFrames,
        };
        var outcome = await call.Service<InstanceService>().ConfigureAsync(
            row, wanted, body.BootDisk, WishesOf(body.MulticastGroups), call.Caller.Silo, call.Ask(), ct).ConfigureAwait(false);
        return await call.AnswerAsync(outcome, async _ =>
            await RowAsync(call, row.Id, ct).ConfigureAwait(false) is { } made
                ? call.Ok(AnswerOf(made), InstanceApiJson.Default.InstanceAnswer, made.Generation)
                : call.NotFound("instance", call.Path("instance"))).ConfigureAwait(false);
    }

    private static async ValueTask<IResult> DeleteAsync(ApiCall call, CancellationToken ct)
    {
        var found = await FoundInstance.OfAsync(call, Rank.Operator, ct).ConfigureAwait(false);
        if (found.Row is not { } row)
        {
            return found.Failure!; // no row means a failure
        }

        var outcome = await call.Service<InstanceService>().DeleteAsync(row.Id, call.Ask(), ct).ConfigureAwait(false);
        return call.Answer(outcome, _ => call.NoContent());
    }

    private static async ValueTask<IResult> ChangeAsync(
        ApiCall call, Func<InstanceService, InstanceRow, ValueTask<Outcome<Done>>> change, CancellationToken ct)
    {
        var found = await FoundInstance.OfAsync(call, Rank.Operator, ct).ConfigureAwait(false);
        if (found.Row is not { } row)
        {
            return found.Failure!; // no row means a failure
        }

        var outcome = await change(call.Service<InstanceService>(), row).ConfigureAwait(false);
        return await call.AnswerAsync(outcome, async _ =>
            await RowAsync(call, row.Id, ct).ConfigureAwait(false) is { } now
                ? call.Accepted(AnswerOf(now), InstanceApiJson.Default.InstanceAnswer, now.Generation)
                : call.NotFound("instance", call.Path("instance"))).ConfigureAwait(false);
    }

    private static async ValueTask<InstanceRow?> RowAsync(ApiCall call, InstanceId id, CancellationToken ct) =>
        (await call.Views.GetAsync(InstanceViews.Instances, id.ToString(), ct).ConfigureAwait(false))?.Row;

    // What cannot be read is refused before anything is changed (multicast 3.4); with the feature off the list is not looked at.
    private static Refusal? WhyNotWishes(ApiCall call, IReadOnlyList<MulticastJoinSpec>? specs) =>
        specs is not null && call.Service<IOptions<MulticastOptions>>().Value.Enabled
            ? specs.Select(s => JoinWish.TryParse(s.Group, s.SourceIps, s.IpVersion, out _)).FirstOrDefault(why => why is not null)
            : null;

    private static ImmutableArray<Instances.GroupWish>? WishesOf(IReadOnlyList<MulticastJoinSpec>? specs) => specs is null
        ? null
        : [.. specs.Select(s => new Instances.GroupWish(s.Group, s.SourceIps is null ? null : [.. s.SourceIps], s.IpVersion))];

    internal static InstanceAnswer AnswerOf(InstanceRow row) => new()
    {
        Id = row.Id.Value,
        Name = row.Name,
        Description = row.Description,
        ProjectId = row.Project.Value,
        Ncpus = row.Cpus,
        Memory = row.MemoryBytes,
        Hostname = row.Hostname,
        CpuPlatform = row.CpuPlatform,
        EnableJumboFrames = row.EnableJumboFrames,
        RunState = row.RunState,
        TimeRunStateUpdated = row.TimeRunStateUpdated,
        TimeLastAutoRestarted = row.TimeLastAutoRestarted,
        AutoRestartEnabled = row.AutoRestartPolicy != "never",
        AutoRestartPolicy = row.AutoRestartPolicy,
        AutoRestartCooldownExpiration = row.TimeLastAutoRestarted + (row.AutoRestartCooldown ?? s_cooldown),
        TimeCreated = row.TimeCreated,
        TimeModified = row.TimeModified,
        Generation = row.Generation,
    };
}
