using System.Text;
using System.Text.Json;
using Gantry.Primitives;
using Gantry.Sled.Simulator;
using Gantry.Tests;
using Gantry.TrustQuorum.Protocol;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace Gantry.Devices.Tests.TrustQuorum;

/// <summary>No secret and no share in any log, error, dump, text, JSON or answer: the sleds' own files are searched for nothing else.</summary>
public sealed class CanaryTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CapturedLog _log = new();
    private readonly HttpClient _http = new();
    private readonly StringBuilder _answers = new();
    private SledSimulator _rack = null!; // made in InitializeAsync

    public async Task InitializeAsync()
    {
        _http.DefaultRequestHeaders.Add("api-version", "48.0.0");
        _rack = await SledSimulator.StartAsync(
            new SledSimulatorOptions
            {
                Sleds = [.. "ABCD".Select((c, i) => new SimulatedSledOptions
                {
                    Id = GuidForm.FromText($"canary {c}"), Slot = i, Serial = c.ToString(), Part = "p", QuorumPort = 0,
                })],
                GatewayPort = null,
            },
            TimeProvider.System,
            _log,
            CancellationToken.None);
        await Eventually.HoldsAsync(
            () => _rack.Sleds.All(s => s.Quorum!.Host!.StatusAsync(CancellationToken.None).Result.Value!.ConnectedPeers.Length == 3), Patience);
    }

    public async Task DisposeAsync()
    {
        await _rack.DisposeAsync();
        _http.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task Nothing_secret_leaves_the_sleds()
    {
        await SendAsync(HttpMethod.Post, 0, "configuration", JsonSerializer.Serialize(NodeLab.Message(1, null, "ABCD"), TqJson.Default.ReconfigureMsg));
        await Eventually.HoldsAsync(async () => (await GetAsync(0, "coordinator-status")).Contains("\"D\"}]}", StringComparison.Ordinal), Patience);
        var commit = JsonSerializer.Serialize(new TqCommitRequest(NodeLab.R, 1), TqJson.Default.TqCommitRequest);
        for (var i = 0; i < 4; i++)
        {
            await SendAsync(HttpMethod.Put, i, "commit", commit);
        }

        await Eventually.HoldsAsync(() => _rack.Sleds.All(s => s.Quorum!.UnlockedEpoch == 1), Patience);
        await SendAsync(HttpMethod.Put, 0, "commit", "{\"rack_id\":5}");
        await SendAsync(HttpMethod.Put, 0, "commit", commit.Replace('1', '2'));
        var needles = new List<byte[]>();
        foreach (var sled in _rack.Sleds)
        {
            var host = sled.Quorum!.Host!;
            using var secret = (await new TqSecretRetriever(host, TimeProvider.System).LatestAsync(CancellationToken.None)).Result.Secret!;
            needles.Add(secret.Span.ToArray());
            needles.Add(Share(sled).Y.ToArray());
            _answers.Append(await GetAsync(sled.Slot, "status")).Append(secret).Append(Share(sled)).Append(host)
                .Append(JsonSerializer.Serialize(Share(sled))).Append(State(sled));
            _answers.Append(await _http.GetStringAsync(new Uri(_rack.Control, $"control/{sled.Serial}/state")));
        }

        await _http.PostAsync(new Uri(_rack.Control, "control/A/faults"), new StringContent("""{"kind":"quorum_save_fails"}"""));
        await SendAsync(HttpMethod.Post, 0, "configuration", JsonSerializer.Serialize(NodeLab.Message(2, 1, "ABCD"), TqJson.Default.ReconfigureMsg));
        await Eventually.HoldsAsync(() => _rack.Sleds[0].Quorum!.Host!.Failure is not null, Patience);
        _answers.Append(_rack.Sleds[0].Quorum!.Host!.Failure);

        var everything = _answers.Append(_log.Text).ToString();
        everything.ShouldContain("***");
        everything.ShouldContain("unlocked");
        foreach (var needle in needles)
        {
            foreach (var form in Forms(needle))
            {
                everything.ShouldNotContain(form, Case.Insensitive);
            }
        }
    }

    [Fact]
    public void Nothing_secret_is_printed_or_written_by_any_type()
    {
        var lab = new NodeLab("ABCD");
        var config = lab.Form(1, null, "ABCD", "A");
        var share = lab["A"].State.Shares[1];
        var secret = lab.Load("A", 1).Secret!;
        var all = new object[]
        {
            share, secret, lab["A"], lab["A"].State, new TqMessage.Prepare(config, share), new TqMessage.Share(1, share), new TqMessage.LrtqShare(share),
            new TqEnvelope(NodeLab.Id("B"), NodeLab.Id("A"), NodeLab.R, new TqMessage.Share(1, share)), new TqLoadResult(secret, null),
            new TqFrame.Tq(NodeLab.R, new TqMessage.Share(1, share)), SecretBytes.CopyOf(share.Span),
        };
        var text = string.Join('\n', all.Select(o => o.ToString())) + JsonSerializer.Serialize(share)
            + JsonSerializer.Serialize(new TqMessage.Share(1, share)) + JsonSerializer.Serialize(new { share });

        foreach (var form in Forms(share.Y.ToArray()).Concat(Forms(secret.Span.ToArray())))
        {
            text.ShouldNotContain(form, Case.Insensitive);
        }
    }

    [Fact]
    public void A_disposed_secret_is_zeroed_and_cannot_be_read()
    {
        var secret = SecretBytes.CopyOf([1, 2, 3]);
        var memory = secret.Memory;

        secret.Dispose();

        memory.ToArray().ShouldAllBe(b => b == 0);
        Should.Throw<ObjectDisposedException>(() => secret.Span.Length);
    }

    // The first eight bytes in every form a program would print them.
    private static string[] Forms(byte[] bytes) =>
    [
        Convert.ToHexString(bytes, 0, 8), Convert.ToHexString(bytes, bytes.Length - 8, 8), Convert.ToBase64String(bytes)[..10],
        Convert.ToBase64String(bytes[1..])[..10], Convert.ToBase64String(bytes[2..])[..10], string.Join(',', bytes.Take(6)), string.Join(", ", bytes.Take(6)),
        string.Join(' ', bytes.Take(6)), BitConverter.ToString(bytes, 0, 6),
    ];

    private static KeyShare Share(RunningSled sled) => State(sled).Shares[1];

    private static TqPersistentState State(RunningSled sled) => sled.Quorum!.Host!.State;

    private async Task<string> GetAsync(int sled, string what) =>
        await _http.GetStringAsync(new Uri(_rack.Sleds[sled].Address, $"trust-quorum/{what}"));

    private async Task SendAsync(HttpMethod method, int sled, string what, string json)
    {
        using var request = new HttpRequestMessage(method, new Uri(_rack.Sleds[sled].Address, $"trust-quorum/{what}")) { Content = new StringContent(json) };
        using var answer = await _http.SendAsync(request);
        _answers.AppendLine(await answer.Content.ReadAsStringAsync());
    }

    /// <summary>All log lines, down to the last detail.</summary>
    private sealed class CapturedLog : ILoggerFactory, ILogger
    {
        private readonly StringBuilder _text = new();

        public string Text
        {
            get
            {
                lock (_text)
                {
                    return _text.ToString();
                }
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_text)
            {
                _text.AppendLine(formatter(state, exception)).AppendLine(exception?.ToString());
            }
        }

        public void Dispose()
        {
        }
    }
}
