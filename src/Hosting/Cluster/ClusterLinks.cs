using Gantry.Actors.Cluster;
using Gantry.Actors.Runtime;
using Gantry.Primitives;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gantry.Hosting;

/// <summary>The links of this node: real ones in a cluster, none for a node that is alone. Thread-safe.</summary>
internal sealed class ClusterLinks : IAsyncDisposable
{
    private readonly NodeLinks? _links;

    /// <summary>Builds them; nothing listens yet.</summary>
    /// <exception cref="LinkRefusedException">A certificate cannot be used, or is that of another node.</exception>
    public ClusterLinks(IOptions<ClusterSettings> options, TimeProvider time, IRandomSource random, ILoggerFactory logs)
    {
        var settings = options.Value;
        if (!settings.Enabled)
        {
            return;
        }

        _links = new NodeLinks(settings.ToLinkOptions(), time, random, logs);
        if (_links.CertifiedName is { } name && name != settings.Name)
        {
            throw new LinkRefusedException(
                $"this node is {settings.Name} and {settings.Certificates.Certificate} is the certificate of {name}: "
                + "name the right file, or set gantry.cluster.node_id");
        }
    }

    /// <summary>Key of the clock by which nodes judge each other, for hosts whose own clock does not run with the machine's.</summary>
    internal const string ClockKey = "gantry.cluster";

    public static TimeProvider ClockOf(IServiceProvider services) =>
        services.GetKeyedService<TimeProvider>(ClockKey) ?? services.GetRequiredService<TimeProvider>();

    public INodeLinks Links => _links is null ? NullLinks.Instance : _links;

    /// <summary>Begins to listen: before the node joins and the others dial.</summary>
    public Task StartAsync(CancellationToken ct) => _links?.StartAsync(ct) ?? Task.CompletedTask;

    public ValueTask DisposeAsync() => _links?.DisposeAsync() ?? ValueTask.CompletedTask;
}
