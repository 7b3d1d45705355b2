using System.Text;
using Gantry.Hosting;
using Gantry.Tests;
using Gantry.TrustQuorum;
using Gantry.TrustQuorum.Protocol;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.TrustQuorum;

/// <summary>No rack secret and no share leaves the sleds: not in logs at any level, not in the node's store, not in metrics, status or bodies.</summary>
public sealed class QuorumCanaryTests
{
    [Fact]
    public async Task Neither_secret_nor_share_is_in_any_output()
    {
        await using var lab = await QuorumLab.StartAsync(members: 4, others: 1);
        (await lab.AddAsync(lab.Sleds[4])).ShouldBeOfType<Gantry.Actors.Outcome<TqRecord>.Accepted>();
        await lab.UntilAsync(2, TqStates.Committed);
        var canaries = new List<byte[]>();
        foreach (var sled in lab.Sleds)
        {
            var store = new TqFileStore([Path.Combine(lab.Folder, "sleds", sled.Serial, "m2-0"), Path.Combine(lab.Folder, "sleds", sled.Serial, "m2-1")]);
            canaries.AddRange(store.Load().ShouldNotBeNull().Shares.Values.Select(s => s.Y.ToArray()));
        }

        foreach (var epoch in (ulong[])[1, 2])
        {
            canaries.Add(await SecretAsync(lab, epoch));
        }

        canaries.Count.ShouldBe(4 + 5 + 2);
        using var http = new HttpClient();
        var outputs = new Dictionary<string, byte[]>
        {
            ["logs"] = Encoding.UTF8.GetBytes(lab.Logs),
            ["metrics"] = Encoding.UTF8.GetBytes(lab.Get<PrometheusText>().Write()),
            ["driver"] = Encoding.UTF8.GetBytes(string.Join('\n', lab.Get<TrustQuorumStatus>().Statuses)),
        };
        foreach (var sled in lab.Sleds)
        {
            foreach (var path in (string[])["trust-quorum/status", "trust-quorum/coordinator-status"])
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(sled.Address, path));
                request.Headers.Add("api-version", "48.0.0");
                using var answer = await http.SendAsync(request);
                outputs[$"{sled.Serial}/{path}"] = await answer.Content.ReadAsByteArrayAsync();
            }

            outputs[$"{sled.Serial}/control"] = await http.GetByteArrayAsync(new Uri(lab.Simulator.Control, $"control/{sled.Serial}/state"));
        }

        await lab.CrashAsync();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(lab.Folder, "node"), "*", SearchOption.AllDirectories))
        {
            outputs[file] = await File.ReadAllBytesAsync(file);
        }

        outputs["logs"].Length.ShouldBeGreaterThan(100, "the logs were captured");
        outputs.Where(o => o.Key.EndsWith("gantry.db", StringComparison.Ordinal)).ShouldNotBeEmpty("the store was read");
        foreach (var (name, output) in outputs)
        {
            foreach (var form in canaries.SelectMany(Forms))
            {
                output.AsSpan().IndexOf(form).ShouldBe(-1, $"{name} holds a secret or a share");
            }
        }
    }

    // Raw, hex in both cases, base64, and as a JSON list of numbers; half of it is enough to give it away.
    private static IEnumerable<byte[]> Forms(byte[] secret)
    {
        var half = secret[..16];
        yield return half;
        yield return Encoding.ASCII.GetBytes(Convert.ToHexStringLower(half));
        yield return Encoding.ASCII.GetBytes(Convert.ToHexString(half));
        yield return Encoding.ASCII.GetBytes(Convert.ToBase64String(secret[..15]));
        yield return Encoding.ASCII.GetBytes(Convert.ToBase64String(secret[1..16]));
        yield return Encoding.ASCII.GetBytes(Convert.ToBase64String(secret[2..17]));
        yield return Encoding.ASCII.GetBytes(string.Join(',', half));
    }

    private static async Task<byte[]> SecretAsync(QuorumLab lab, ulong epoch)
    {
        byte[]? secret = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                var loaded = await lab.Sleds[0].Quorum!.Host!.LoadAsync(epoch, default); // the lab's sleds run
                secret = loaded.Secret?.Span.ToArray();
                return secret is not null;
            },
            TimeSpan.FromSeconds(60));
        return secret!; // the condition held
    }
}
