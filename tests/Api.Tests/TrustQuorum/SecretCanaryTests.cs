using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Gantry.Tests;
using Gantry.TrustQuorum.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace Gantry.Api.Tests.TrustQuorum;

/// <summary>
/// No secret and no share in anything that leaves a sled: the answers of every operation of every listener and of every palette command, logs at
/// trace level, metrics, the watch stream, the simulators' control views, errors of damaged drives, and every file of the node. Searched for is
/// what the sleds' own drives hold, in every form a program would print it.
/// </summary>
public sealed class SecretCanaryTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, byte[]> _outputs = new(StringComparer.Ordinal);

    [Fact]
    [Trait("spec", "tq/2.8")]
    public async Task Neither_secret_nor_share_is_in_any_output()
    {
        var drives = Directory.CreateTempSubdirectory("gantry-canary-").FullName;
        using var logs = new TraceLogs();
        await using (var quorum = await QuorumHost.StartOlderAsync(members: 4, spares: 2, store: "sqlite", folder: drives, logs: logs))
        {
            await LiveAsync(quorum);
            await OperationsAsync(quorum);
            await PaletteAsync(quorum);
            await SledsAsync(quorum);
            await WatchAsync(quorum);
            using var free = quorum.Rack.Node.Client(quorum.Rack.Node.AdminToken);
            Keep("metrics", await free.GetByteArrayAsync(new Uri("/metrics", UriKind.Relative)));
            Keep("sleds' texts", string.Join('\n', quorum.Sleds.Select(s => $"{s.Quorum!.Host!.State} {s.Quorum.Host.Failure}")));
            Damage(drives);
            foreach (var file in Directory.EnumerateFiles(quorum.Rack.Node.Folder, "*", SearchOption.AllDirectories).Where(f => !IsLocked(f)))
            {
                await using var open = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                var bytes = new byte[open.Length];
                await open.ReadExactlyAsync(bytes);
                Keep($"node file {Path.GetFileName(file)}", bytes);
            }

            foreach (var (table, bytes) in quorum.Rack.Node.Database is { } database ? await TestCluster.DumpAsync(database) : [])
            {
                Keep($"node file of the server, actors.db {table}", bytes);
            }
        }

        Keep("logs", logs.Text);
        var canaries = Canaries(drives);
        var forms = canaries.SelectMany(Forms).ToList();
        foreach (var file in Directory.EnumerateFiles(drives, TqFileStore.StateFile, SearchOption.AllDirectories))
        {
            Holds(await File.ReadAllBytesAsync(file), forms).ShouldBeTrue("the search finds what it is made to find");
        }

        Directory.Delete(drives, recursive: true);

        output.WriteLine($"{_outputs.Count} outputs, {_outputs.Values.Sum(o => (long)o.Length)} bytes, searched for {canaries.Count} secrets and shares");
        canaries.Count.ShouldBeGreaterThan(15);
        _outputs.Count.ShouldBeGreaterThan(150);
        logs.Text.ShouldContain("unlocked its disks", Case.Sensitive, "the logs of the sleds are there");
        _outputs.Keys.ShouldContain(k => k.StartsWith("node file", StringComparison.Ordinal) && k.Contains(".db", StringComparison.Ordinal));
        _outputs.Where(o => Holds(o.Value, forms)).Select(o => o.Key).ShouldBeEmpty("these hold a secret or a share");
    }

    private static bool Holds(byte[] bytes, List<byte[]> forms) => forms.Exists(form => bytes.AsSpan().IndexOf(form) >= 0);

    // An upgrade from LRTQ, a sled that joins, one that cannot save, a coordinator that is lost, a removal.
    private static async Task LiveAsync(QuorumHost quorum)
    {
        await quorum.Admin.PostAsync($"{QuorumHost.Root}/membership/lrtq-upgrade", null, ("If-Match", "*")).Expect(202);
        await quorum.UntilAsync(2, "committed");
        await quorum.AddAsync(quorum.Sleds[4]).Expect(200);
        await quorum.UntilAsync(3, "committed");
        await quorum.UnlockedAsync(3, [.. quorum.Sleds[..5]]);
        await quorum.FaultAsync(new { kind = "quorum_save_fails", count = 1 }, quorum.Sleds[1]);
        await quorum.AddAsync().Expect(200);
        await Eventually.HoldsAsync(() => quorum.Sleds[1].Quorum!.Host!.Failure is not null, s_patience); // every sled here has a node
        await quorum.Sleds[1].RestartAsync();
        if ((await quorum.RecordAsync(4)).Text("state") == "preparing")
        {
            await quorum.ChangeAsync("recover");
        }

        var newest = (await quorum.Admin.GetAsync($"{QuorumHost.Root}/membership").Expect(200)).Body.GetProperty("version").GetInt64();
        await quorum.UntilAsync(newest, "committed");
        await quorum.ChangeAsync("remove", QuorumHost.SledId(quorum.Sleds[4])).Expect(202);
        await quorum.UntilAsync(newest + 1, "committed");
        foreach (var sled in quorum.Sleds)
        {
            var latest = await new TqSecretRetriever(sled.Quorum!.Host!, TimeProvider.System).LatestAsync(new CancellationTokenSource(500).Token)
                .ContinueWith(t => t.IsCompletedSuccessfully ? t.Result : default, TaskScheduler.Default);
            latest.Result.Secret?.Dispose();
        }
    }

    private async Task OperationsAsync(QuorumHost quorum)
    {
        var host = quorum.Rack.Node;
        var catalog = host.Services.GetRequiredService<OperationCatalog>();
        foreach (var listener in (ListenerKind[])[ListenerKind.External, ListenerKind.Admin, ListenerKind.Internal])
        {
            using var client = listener switch
            {
                ListenerKind.External => host.As(host.AdminToken),
                ListenerKind.Admin => host.As(host.AdminToken, host.AdminListener),
                _ => new ApiClient(host.InternalClient()),
            };

            // Looks first, then what changes something, tried and then done: by then everything that can be shown was shown.
            foreach (var operation in catalog.Of(listener).Where(o => !o.IsStream).OrderBy(o => o.IsWrite).ThenBy(o => o.Method == "DELETE"))
            {
                foreach (var path in Paths(quorum, operation))
                {
                    var body = World.BodyOf(operation);
                    var join = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
                    string[] tries = operation.IsWrite ? [$"{path}{join}dry_run=true", path] : [path];
                    foreach (var one in tries)
                    {
                        var answer = await client.SendAsync(operation.Method, one, body, ("If-Match", "*"));
                        Keep($"{operation.Method} {one}", $"{answer.Text}\n{string.Join('\n', answer.Headers)}");
                    }
                }
            }
        }
    }

    private static IEnumerable<string> Paths(QuorumHost quorum, Operation operation)
    {
        foreach (var epoch in operation.Path.Contains("{epoch}", StringComparison.Ordinal) ? (string[])["1", "2", "3", "4", "5"] : ["2"])
        {
            var path = operation.Path
                .Replace("{rack_id}", RackHost.RackId, StringComparison.Ordinal)
                .Replace("{epoch}", epoch, StringComparison.Ordinal)
                .Replace("{sled_id}", quorum.Sleds[0].Id.ToString(), StringComparison.Ordinal)
                .Replace("{operation_id}", QuorumWork.IdOf(new(Guid.Parse(RackHost.RackId)), 2).ToString(), StringComparison.Ordinal)
                .Replace("{project}", "default", StringComparison.Ordinal)
                .Replace("{silo}", "default", StringComparison.Ordinal);
            foreach (var parameter in operation.Parameters)
            {
                path = path.Replace($"{{{parameter.Name}}}", parameter.Form is PathForm.Id ? Guid.Empty.ToString() : "no-such-thing", StringComparison.Ordinal);
            }

            var query = operation.Query.Where(q => q.IsRequired || q.Name == "project")
                .Select(q => $"{q.Name}={(q.Name == "project" ? "default" : q.Allowed.IsDefaultOrEmpty ? "some" : q.Allowed[0])}").ToList();
            yield return query.Count == 0 ? path : $"{path}?{string.Join('&', query)}";
        }
    }

    private async Task PaletteAsync(QuorumHost quorum)
    {
        var host = quorum.Rack.Node;
        using var admin = host.As(host.AdminToken, host.AdminListener);
        var commands = (await admin.GetAsync("/admin/palette").Expect(200)).Body.GetProperty("commands").EnumerateArray().ToList();
        foreach (var command in commands)
        {
            var arguments = new JsonObject();
            foreach (var argument in command.GetProperty("arguments").EnumerateArray().Where(a => a.GetProperty("is_required").GetBoolean()))
            {
                var name = argument.Text("name")!; // every argument has one
                arguments[name] = name switch
                {
                    "entity" or "to" => $"tq-config/{RackHost.RackId}",
                    "view" or "name" => "tq_configs",
                    "reconciler" => "trust_quorum_manager",
                    _ => "1",
                };
            }

            var answer = await admin.PostAsync(
                $"/admin/palette/{command.Text("noun")}/{command.Text("verb")}", new JsonObject { ["arguments"] = arguments, ["dry_run"] = true }.ToJsonString());
            Keep($"palette {command.Text("noun")} {command.Text("verb")}", answer.Text);
        }
    }

    private async Task SledsAsync(QuorumHost quorum)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Add("api-version", "48.0.0");
        foreach (var sled in quorum.Sleds)
        {
            foreach (var path in (string[])["trust-quorum/status", "trust-quorum/coordinator-status", "trust-quorum/network-config", "inventory", "sled-identifiers"])
            {
                await KeepAsync(http, $"{sled.Serial} {path}", new HttpRequestMessage(HttpMethod.Get, new Uri(sled.Address, path)));
            }

            foreach (var path in (string[])["configuration", "upgrade", "commit", "prepare-and-commit", "proxy/commit"])
            {
                var method = path is "configuration" or "upgrade" ? HttpMethod.Post : HttpMethod.Put;
                await KeepAsync(http, $"{sled.Serial} {path} with nonsense", new HttpRequestMessage(method, new Uri(sled.Address, $"trust-quorum/{path}"))
                {
                    Content = new StringContent("""{"rack_id":5,"share":{"x_coordinate":1,"y_coordinates":[1,2,3]}}"""),
                });
            }

            Keep($"{sled.Serial} control", await http.GetByteArrayAsync(new Uri(quorum.Rack.Sleds.Control, $"control/{sled.Serial}/state")));
        }
    }

    private async Task WatchAsync(QuorumHost quorum)
    {
        using var http = quorum.Rack.Node.Client(quorum.Rack.Node.AdminToken);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/watch");
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var seen = new MemoryStream();
        try
        {
            await (await answer.Content.ReadAsStreamAsync()).CopyToAsync(seen, limit.Token);
        }
        catch (OperationCanceledException)
        {
            // A watch has no end of its own.
        }

        Keep("watch", seen.ToArray());
    }

    // A drive that was cut short in the middle of a share: what its reader throws must not quote it.
    private void Damage(string drives)
    {
        var file = Directory.EnumerateFiles(drives, TqFileStore.StateFile, SearchOption.AllDirectories).First();
        var text = File.ReadAllText(file);
        var folder = Directory.CreateTempSubdirectory("gantry-canary-damage-").FullName;
        File.WriteAllText(Path.Combine(folder, TqFileStore.StateFile), text[..(text.IndexOf("y_coordinates", text.IndexOf("\"shares\"", StringComparison.Ordinal), StringComparison.Ordinal) + 60)]);
        File.WriteAllText(Path.Combine(folder, LrtqFileStore.ShareFile), text[..(text.IndexOf("y_coordinates", StringComparison.Ordinal) + 60)]);
        Keep("error of a damaged drive", Should.Throw<TqWireException>(() => new TqFileStore([folder]).Load()).ToString());
        Keep("error of a damaged older drive", Should.Throw<TqWireException>(() => new LrtqFileStore([folder]).Load()).ToString());
        Directory.Delete(folder, recursive: true);
    }

    // Every share on every drive, and the secrets that they rebuild: those of all epochs.
    private static List<byte[]> Canaries(string drives)
    {
        var canaries = new List<byte[]>();
        var byEpoch = new Dictionary<ulong, (TqConfiguration Config, List<KeyShare> Shares)>();
        foreach (var sled in Directory.GetDirectories(drives))
        {
            if (new TqFileStore([Path.Combine(sled, "m2-0"), Path.Combine(sled, "m2-1")]).Load() is not { } state)
            {
                continue;
            }

            if (state.Lrtq is { } lrtq)
            {
                canaries.Add(lrtq.Share.Y.ToArray());
            }

            foreach (var (epoch, share) in state.Shares)
            {
                canaries.Add(share.Y.ToArray());
                if (!byEpoch.TryGetValue(epoch, out var known))
                {
                    byEpoch[epoch] = known = (state.Configs[epoch], []);
                }

                known.Shares.Add(share);
            }
        }

        foreach (var (config, shares) in byEpoch.Values.Where(v => v.Shares.Count >= v.Config.Threshold))
        {
            using var secret = RackSecret.Rebuild(shares.ToArray()).Secret.ShouldNotBeNull();
            canaries.Add(secret.Span.ToArray());
            if (config.EncryptedRackSecrets is { } carried)
            {
                var prior = PriorSecrets.Open(carried, new SealContext(config.RackId, config.Epoch, secret)).Prior.ShouldNotBeNull();
                canaries.AddRange(prior.Values.Select(p => p.Span.ToArray()));
            }
        }

        return canaries;
    }

    // Raw, hex in both cases, base64, with dashes, and as lists of numbers; half of it is enough to give it away.
    private static IEnumerable<byte[]> Forms(byte[] secret) => Parts(secret[..12]).Concat(Parts(secret[^12..]));

    private static IEnumerable<byte[]> Parts(byte[] half)
    {
        yield return half;

        // Base64 of something longer shows a run of bytes in one of three ways: a share with its x begins one byte before its y.
        string[] texts =
        [
            Convert.ToHexStringLower(half), Convert.ToHexString(half), Convert.ToBase64String(half), Convert.ToBase64String(half[1..10]),
            Convert.ToBase64String(half[2..11]), BitConverter.ToString(half), string.Join(',', half), string.Join(", ", half), string.Join(' ', half),
        ];
        foreach (var text in texts)
        {
            yield return Encoding.ASCII.GetBytes(text);
        }
    }

    [Fact]
    public void Every_place_in_base64_is_searched_for()
    {
        var secret = Enumerable.Range(1, 32).Select(n => (byte)(n * 37)).ToArray();
        var forms = Forms(secret).ToList();

        for (var before = 0; before < 4; before++)
        {
            var text = Convert.ToBase64String([.. Enumerable.Repeat((byte)9, before), .. secret]);
            Holds(Encoding.ASCII.GetBytes(text), forms).ShouldBeTrue($"{before} bytes before it");
            Holds(Encoding.ASCII.GetBytes(text[^18..]), forms).ShouldBeTrue($"its tail with {before} bytes before it");
        }
    }

    private void Keep(string name, string text) => Keep(name, Encoding.UTF8.GetBytes(text));

    private void Keep(string name, byte[] bytes) => _outputs[name] = bytes;

    private async Task KeepAsync(HttpClient http, string name, HttpRequestMessage request)
    {
        using (request)
        {
            try
            {
                using var answer = await http.SendAsync(request);
                Keep(name, $"{answer}\n{await answer.Content.ReadAsStringAsync()}");
            }
            catch (HttpRequestException e)
            {
                Keep(name, e.ToString());
            }
        }
    }

    // Held for as long as the node runs: the lock, and the file of turns, which holds names of entities and types only.
    private static bool IsLocked(string file) => file.EndsWith(".lock", StringComparison.Ordinal) || Path.GetFileName(file) == "turns";

    /// <summary>Every line at every level, with its fields and exceptions.</summary>
    private sealed class TraceLogs : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public string Text => string.Join('\n', _lines);

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var fields = state is IEnumerable<KeyValuePair<string, object?>> pairs ? string.Join(' ', pairs.Select(p => $"{p.Key}={p.Value}")) : "";
            _lines.Enqueue($"{logLevel} {eventId.Id} {formatter(state, exception)} {fields} {exception}");
        }

        public void Dispose()
        {
            // Nothing is held but text.
        }
    }
}
