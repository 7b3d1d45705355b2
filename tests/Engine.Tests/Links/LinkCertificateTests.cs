using Gantry.Actors.Cluster;
using Gantry.Actors.Runtime;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Links;

[Trait("spec", "engine/10.5")]
public sealed class LinkCertificateTests : IDisposable
{
    private static readonly TimeSpan Year = TimeSpan.FromDays(365);

    private readonly string _folder = Directory.CreateTempSubdirectory("gantry-links-").FullName;
    private readonly PemPair _ours = ClusterAuthority.Create("ours", Year, TimeProvider.System);

    [Fact]
    public async Task Nodes_of_one_authority_speak_with_each_other()
    {
        await using var pair = await LinkPair.StartAsync(a: Files("node-a", _ours), b: Files("node-b", _ours));

        await pair.UpAsync();

        pair.A.Me.Link!.Scheme.ShouldBe("https"); // it listens
        pair.A.TrySend(pair.B, FrameSamples.Ask(1)).ShouldBeTrue();
        await Eventually.HoldsAsync(() => pair.B.Received.Count == 1, LinkPair.Soon, () => pair.B.Seen);
    }

    [Fact]
    public async Task A_node_of_another_authority_is_not_spoken_with()
    {
        var foreign = ClusterAuthority.Create("ours", Year, TimeProvider.System);
        var logs = new LogCapture();
        await using var pair = await LinkPair.StartAsync(logs, Files("node-a", _ours), Files("node-b", foreign));

        await RefusedAsync(pair, logs, "CN=node-");
    }

    [Fact]
    public async Task A_certificate_speaks_for_its_own_node_only()
    {
        var logs = new LogCapture();
        await using var pair = await LinkPair.StartAsync(logs, Files("node-a", _ours), Files("node-c", _ours));

        await RefusedAsync(pair, logs, "certificate");
    }

    [Fact]
    public async Task An_expired_certificate_is_worth_nothing()
    {
        var logs = new LogCapture();
        await using var pair = await LinkPair.StartAsync(logs, Files("node-a", _ours), Files("node-b", _ours, TimeSpan.FromSeconds(-1)));

        await RefusedAsync(pair, logs, "CN=node-b");
    }

    [Fact]
    public async Task A_node_without_a_certificate_is_not_spoken_with()
    {
        var logs = new LogCapture();
        await using var pair = await LinkPair.StartAsync(logs, Files("node-a", _ours), b: null);

        await RefusedAsync(pair, logs, "TLS");
    }

    [Fact]
    public async Task New_certificates_are_taken_without_a_restart()
    {
        var files = Files("node-b", _ours);
        var foreign = ClusterAuthority.Create("ours", Year, TimeProvider.System);
        var wrong = Files("node-b", foreign, name: "wrong");
        Copy(wrong, files);
        await using var pair = await LinkPair.StartAsync(a: Files("node-a", _ours), b: files);
        pair.A.IsUp(pair.B).ShouldBeFalse();

        Copy(Files("node-b", _ours, name: "right"), files);

        await Eventually.HoldsAsync(() => pair.A.IsUp(pair.B) && pair.B.IsUp(pair.A), TimeSpan.FromSeconds(60), () => $"{pair.A.Seen} / {pair.B.Seen}");
    }

    [Fact]
    public void Files_that_are_no_certificates_are_named_with_what_to_do()
    {
        var files = Files("node-a", _ours);
        File.WriteAllText(files.Key, "not a key");

        var refused = Should.Throw<LinkRefusedException>(() => Files(files));

        refused.Message.ShouldContain(files.Key);
        refused.Message.ShouldContain("certificates issue");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static NodeLinks Files(CertificateFiles files) => new(
        new LinkOptions { Listen = new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0), Certificates = files },
        TimeProvider.System, new Primitives.SeededRandomSource(1), new LogCapture());

    private static async Task RefusedAsync(LinkPair pair, LogCapture logs, string word)
    {
        await Eventually.HoldsAsync(
            () => logs.Lines.Count(l => l.Contains("1303", StringComparison.Ordinal)) >= 4 && logs.Lines.Any(l => l.Contains(word, StringComparison.Ordinal)),
            LinkPair.Soon, () => string.Join('\n', logs.Lines));
        pair.A.Told.ShouldBeEmpty();
        pair.B.Told.ShouldBeEmpty();
        pair.A.Links.StateOf(pair.B.Me.Incarnation).ShouldBe(LinkState.Connecting);
    }

    private static void Copy(CertificateFiles from, CertificateFiles to)
    {
        File.WriteAllText(to.Authority, File.ReadAllText(from.Authority));
        File.WriteAllText(to.Certificate, File.ReadAllText(from.Certificate));
        File.WriteAllText(to.Key, File.ReadAllText(from.Key));
    }

    private CertificateFiles Files(string node, PemPair authority, TimeSpan? validity = null, string? name = null)
    {
        var pair = ClusterAuthority.Issue(authority, node, ["127.0.0.1"], validity ?? Year, TimeProvider.System);
        var stem = Path.Combine(_folder, name ?? node);
        File.WriteAllText($"{stem}.ca", authority.Certificate);
        File.WriteAllText($"{stem}.crt", pair.Certificate);
        File.WriteAllText($"{stem}.key", pair.Key);
        return new CertificateFiles($"{stem}.ca", $"{stem}.crt", $"{stem}.key");
    }
}
