using System.Collections.Immutable;
using System.Globalization;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>
/// Attaches external addresses to an instance that is being created (vmm 4.3), or none of them. Run again it finds what it did: an ephemeral
/// address has its name from the instance and its place in the request.
/// </summary>
internal sealed class AttachIpsActivity(IViews views, IEntities entities, ExternalIpService service) : IActivity
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(8);

    public string Name => ExternalIpActivities.Attach;

    public async ValueTask<Reply> RunAsync(string token, object input, CancellationToken ct)
    {
        var wanted = (AttachIpsForInstance)input;
        var attached = ImmutableArray.CreateBuilder<ExternalIpId>();
        foreach (var (index, wish) in wanted.Wishes.Index())
        {
            var reply = await AttachAsync(wanted, wish, index, part => Ask(wanted, $"{token}:{part}{index}"), ct).ConfigureAwait(false);
            if (reply is Reply.Accepted { Value: AttachedIpReply ip })
            {
                attached.Add(ip.Id);
                continue;
            }

            // Asking makes it prompt: the unwinding deletes the record, and whatever it still has goes with that.
            await entities.AskAsync(
                Addresses.InstanceExternalIps(wanted.Instance),
                new InstanceIpsCommand.TakeBack(attached.ToImmutable()),
                Ask(wanted, $"{token}:back"),
                ct).ConfigureAwait(false);
            return reply;
        }

        return new Reply.Accepted(new AttachedIpsForInstance(attached.ToImmutable()));
    }

    private async ValueTask<Reply> AttachAsync(
        AttachIpsForInstance wanted, ExternalIpWish wish, int index, Func<string, AskOptions> ask, CancellationToken ct)
    {
        if (wish.FloatingIp is { } floating)
        {
            return await FindAsync(wanted, floating, ct).ConfigureAwait(false) is { } row
                && (await views.GetAsync(InstanceViews.Instances, wanted.Instance.ToString(), ct).ConfigureAwait(false))?.Row is { } instance
                    ? (await service.AttachAsync(row, instance, ask("attach"), ct).ConfigureAwait(false)).ToReply(ip => ip)
                    : new Reply.Refused(ExternalIpErrors.NoSuchFloatingIp(floating));
        }

        var id = new ExternalIpId(GuidForm.FromText(string.Create(CultureInfo.InvariantCulture, $"ephemeral address {index} of {wanted.Instance}")));
        PoolChoice choice = wish.Pool is { } pool
            ? new PoolChoice.Named(pool)
            : new PoolChoice.Default(wish.IpVersion is { } word ? IpVersions.TryParse(word) : null);
        return (await service.AttachEphemeralAsync(id, wanted.Silo, wanted.Instance, choice, ask, ct).ConfigureAwait(false)).ToReply(ip => ip);
    }

    private static AskOptions Ask(AttachIpsForInstance wanted, string key) =>
        new() { Key = new CommandKey(key), Deadline = s_deadline, Caller = wanted.Caller };

    // By name in the instance's project, or by id if it is of that project: one of another project is not seen.
    private async ValueTask<FloatingIpRow?> FindAsync(AttachIpsForInstance wanted, string text, CancellationToken ct)
    {
        var found = Guid.TryParseExact(text, "D", out _)
            ? await views.GetAsync(FloatingIpViews.FloatingIps, text, ct).ConfigureAwait(false)
            : await views.FirstAsync(
                new ViewQuery<FloatingIpRow>(FloatingIpViews.FloatingIps).WhereEqual("project", wanted.Project.ToString()).WhereEqual("name", text), ct)
                .ConfigureAwait(false);
        return found?.Row is { } row && row.Project == wanted.Project ? row : null;
    }
}
