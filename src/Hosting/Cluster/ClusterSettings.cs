using System.Globalization;
using System.Net;
using Gantry.Actors.Cluster;
using Gantry.Actors.Runtime;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Gantry.Hosting;

/// <summary>The section <c>gantry.cluster</c>: whether this node is one of several over one PostgreSQL database, and how it is one.</summary>
public sealed class ClusterSettings
{
    /// <summary>
    /// Whether it is. Default false: a node that is alone, which fences whoever had the store before. Needs <c>gantry.storage.kind = postgres</c>.
    /// </summary>
    public bool Enabled { get; set; }

    /// <summary>Name of the node, kept over restarts: a second process of the same name ends the first. Empty: the machine's name. At most 60 bytes.</summary>
    [ConfigurationKeyName("node_id")]
    public string NodeId { get; set; } = "";

    /// <summary>Where other nodes reach this one.</summary>
    public LinkSettings Link { get; set; } = new();

    /// <summary>Where clients reach this node, told to those whose gateway cannot reach it. Empty: nobody is told.</summary>
    [ConfigurationKeyName("public_url")]
    public string PublicUrl { get; set; } = "";

    /// <summary>Files by which nodes prove who they are.</summary>
    public CertificateSettings Certificates { get; set; } = new();

    /// <summary>Share of the shards beside other nodes. Default 1, 1 to 100.</summary>
    public int Weight { get; set; } = 1;

    /// <summary>Failure domain. Empty: none.</summary>
    public string Zone { get; set; } = "";

    /// <summary>Time between two beats. Default 1 s, 100 ms to 10 s.</summary>
    public TimeSpan Beat { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>A node that is quiet for so long is dead. Default 3 s, at least two beats, at most 60 s. Too short kills the slow.</summary>
    [ConfigurationKeyName("time_to_live")]
    public TimeSpan TimeToLive { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Time between two looks at members and shards. Default 500 ms, 100 ms to 10 s.</summary>
    public TimeSpan Scan { get; set; } = TimeSpan.FromSeconds(0.5);

    /// <summary>A node is up for so long before shards move to it for balance. Default 10 s, 0 to 10 min.</summary>
    public TimeSpan Settle { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>At stop shards are handed over for so long; then they are released. Default 20 s, 0 to 5 min. It comes before the stop budget.</summary>
    [ConfigurationKeyName("drain_deadline")]
    public TimeSpan DrainDeadline { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>The name that counts.</summary>
    internal string Name => NodeId.Length > 0 ? NodeId : Environment.MachineName.ToLowerInvariant();

    internal LinkOptions ToLinkOptions() => new()
    {
        Listen = new IPEndPoint(IPAddress.Parse(Link.Address), Link.Port),
        Certificates = Certificates.IsNone ? null : new CertificateFiles(Certificates.Authority, Certificates.Certificate, Certificates.Key),
    };

    internal ClusterOptions ToClusterOptions() => new()
    {
        Link = Link.Url.Length > 0
            ? new Uri(Link.Url)
            : new UriBuilder(Certificates.IsNone ? Uri.UriSchemeHttp : Uri.UriSchemeHttps, Link.Address, Link.Port).Uri,
        PublicUrl = PublicUrl.Length > 0 ? new Uri(PublicUrl) : null,
        Weight = Weight,
        Zone = Zone.Length > 0 ? Zone : null,
        Beat = Beat,
        TimeToLive = TimeToLive,
        Scan = Scan,
        Settle = Settle,
        DrainPatience = DrainDeadline,
    };
}

/// <summary>The section <c>gantry.cluster.link</c>.</summary>
public sealed class LinkSettings
{
    /// <summary>Address on which other nodes are served. Default loopback; off loopback certificates are a must.</summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>Its port. Default 8483. Not 0: other nodes are told it.</summary>
    public int Port { get; set; } = 8483;

    /// <summary>What other nodes are told, where it is not address and port. Empty: those.</summary>
    public string Url { get; set; } = "";
}

/// <summary>The section <c>gantry.cluster.certificates</c>: PEM files, all three or none.</summary>
public sealed class CertificateSettings
{
    /// <summary>Certificates of the authorities that are believed.</summary>
    public string Authority { get; set; } = "";

    /// <summary>This node's certificate; its name is the node's.</summary>
    public string Certificate { get; set; } = "";

    /// <summary>Its key.</summary>
    public string Key { get; set; } = "";

    internal bool IsNone => Authority.Length == 0 && Certificate.Length == 0 && Key.Length == 0;

    internal bool IsWhole => Authority.Length > 0 && Certificate.Length > 0 && Key.Length > 0;
}

/// <summary>Checks <see cref="ClusterSettings"/> against each other and against the store.</summary>
internal sealed class ClusterSettingsValidator(IOptions<StorageOptions> storage) : IValidateOptions<ClusterSettings>
{
    private const int NameBytesMax = 60;

    public ValidateOptionsResult Validate(string? name, ClusterSettings options)
    {
        if (!options.Enabled)
        {
            return ValidateOptionsResult.Success;
        }

        var wrong = new List<string>();
        Check(wrong, storage.Value.Kind == "postgres",
            $"gantry.cluster.enabled needs gantry.storage.kind postgres, it is {storage.Value.Kind}: nodes share one database");
        Check(wrong, options.Name.Length <= NameBytesMax && options.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_'),
            $"gantry.cluster.node_id must be 1 to {NameBytesMax} letters, digits, dashes, dots or underscores, it is \"{options.Name}\"");
        Check(wrong, options.TimeToLive >= options.Beat * 2,
            $"gantry.cluster.time_to_live must be two beats at least, it is {options.TimeToLive} with a beat of {options.Beat}");
        Check(wrong, options.Weight is >= 1 and <= 100, $"gantry.cluster.weight must be 1 to 100, it is {options.Weight.ToString(CultureInfo.InvariantCulture)}");
        CheckLink(wrong, options);
        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }

    private static void CheckLink(List<string> wrong, ClusterSettings options)
    {
        Check(wrong, IsUrl(options.PublicUrl), $"gantry.cluster.public_url must be an address like http://node-1:8480, it is \"{options.PublicUrl}\"");
        Check(wrong, IsUrl(options.Link.Url), $"gantry.cluster.link.url must be an address like https://node-1:8483, it is \"{options.Link.Url}\"");
        Check(wrong, options.Certificates.IsNone || options.Certificates.IsWhole,
            "gantry.cluster.certificates needs all of authority, certificate and key, or none");
        if (!IPAddress.TryParse(options.Link.Address, out var address))
        {
            wrong.Add($"gantry.cluster.link.address must be an IP address of this machine, it is \"{options.Link.Address}\"");
        }
        else
        {
            Check(wrong, options.Certificates.IsWhole || IPAddress.IsLoopback(address),
                $"gantry.cluster.link.address is {address}: off loopback nodes need gantry.cluster.certificates; make them with certificates init and certificates issue");
            Check(wrong, options.Link.Url.Length > 0 || !(address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)),
                $"gantry.cluster.link.address is {address}, which no other node can call: say in gantry.cluster.link.url how they reach this one");
        }
    }

    private static bool IsUrl(string text) => text.Length == 0 || (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https");

    private static void Check(List<string> wrong, bool isGood, string message)
    {
        if (!isGood)
        {
            wrong.Add(message);
        }
    }
}
