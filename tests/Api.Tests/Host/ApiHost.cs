using System.Net;
using System.Net.Http.Headers;
using Gantry.Actors;
using Gantry.Actors.Runtime;
using Gantry.Admin;
using Gantry.Contracts;
using Gantry.Hosting;
using Gantry.Primitives;
using Gantry.Tenancy;
using Gantry.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gantry.Api.Tests;

/// <summary>
/// The real thing in process: AddGantry on a store of its own, external and internal Kestrel on free ports. Dispose removes all of it.
/// </summary>
internal sealed class ApiHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _folder;

    private ApiHost(WebApplication app, string folder, string token)
    {
        _app = app;
        _folder = folder;
        AdminToken = token;
    }

    /// <summary>Token of the user <c>admin</c>, fleet admin.</summary>
    public string AdminToken { get; }

    /// <summary>The node's data folder.</summary>
    public string Folder => _folder;

    /// <summary>Connection string of the nodes' database, where there are several nodes.</summary>
    public string? Database { get; private init; }

    /// <summary>Base address of the operator API.</summary>
    public required Uri External { get; init; }

    /// <summary>Base address of what sleds call.</summary>
    public required Uri Internal { get; init; }

    /// <summary>Base address of the admin listener.</summary>
    public required Uri AdminListener { get; init; }

    public IServiceProvider Services => _app.Services;

    /// <summary>A service of every node.</summary>
    public IEnumerable<T> OfEach<T>() where T : notnull => Others.Select(o => o.Services).Prepend(Services).Select(s => s.GetRequiredService<T>());

    public IEntities Entities => Services.GetRequiredService<IEntities>();

    public IViews Views => Services.GetRequiredService<IViews>();

    /// <summary>
    /// Starts a node; settings like <c>gantry:storage:kind</c> go on top of memory store and no racks. Port 0 takes a free one.
    /// </summary>
    public static async Task<ApiHost> StartAsync(
        IReadOnlyDictionary<string, string?>? settings = null, int internalPort = 0, TimeProvider? clock = null, ILoggerProvider? logs = null)
    {
        var folder = Directory.CreateTempSubdirectory("gantry-api-").FullName;
        var token = settings?.GetValueOrDefault("gantry:bootstrap:token") ?? TokenText.New(SystemRandomSource.Instance).Reveal();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["gantry:storage:kind"] = "memory",
            ["gantry:storage:path"] = folder,
            ["gantry:bootstrap:token"] = token,
            ["gantry:multicast:enabled"] = "true",
        });
        builder.Configuration.AddInMemoryCollection(settings ?? new Dictionary<string, string?>());
        builder.Logging.SetMinimumLevel(Environment.GetEnvironmentVariable("GANTRY_TEST_LOG") is null ? LogLevel.Warning : LogLevel.Information)
            .AddSimpleConsole(o => o.TimestampFormat = "mm:ss.fff ");
        if (logs is not null)
        {
            builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Trace).AddProvider(logs);
        }

        builder.Services.AddSingleton(clock ?? TimeProvider.System);
        builder.Services.AddKeyedSingleton("gantry.cluster", TimeProvider.System); // a clock that jumps must not make nodes look dead
        builder.Services.AddGantry(builder.Configuration);
        builder.Services.AddGantryApi();
        builder.Services.AddGantryAdmin();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, internalPort, listen => listen.UseGantryInternal());
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseGantryAdmin().UseGantryPalette());
        });
        var app = builder.Build();
        app.UseGantryPalette();
        app.UseRouting();
        app.MapGantryApi();
        app.MapGantryInternalApi();
        app.MapGantryAdminApi();
        try
        {
            await app.StartAsync();
        }
        catch
        {
            await app.DisposeAsync();
            Directory.Delete(folder, recursive: true);
            throw;
        }

        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToList();
        return new ApiHost(app, folder, token) { External = new Uri(addresses[0]), Internal = new Uri(addresses[1]), AdminListener = new Uri(addresses[2]) };
    }

    /// <summary>Other nodes of the same cluster: requests of clients go to all of them in turn.</summary>
    public IReadOnlyList<ApiHost> Others { get; init; } = [];

    /// <summary>
    /// Starts as many nodes as <see cref="TestCluster.Nodes"/> says: one as the settings want it, or several over a database of their own.
    /// </summary>
    public static async Task<ApiHost> StartManyAsync(
        IReadOnlyDictionary<string, string?> settings, IReadOnlyList<int> internalPorts, ILoggerProvider? logs = null, TimeProvider? clock = null,
        string? database = null)
    {
        if (TestCluster.Nodes == 1)
        {
            return await StartAsync(settings, internalPorts[0], clock, logs);
        }

        var token = settings.GetValueOrDefault("gantry:bootstrap:token") ?? TokenText.New(SystemRandomSource.Instance).Reveal();
        database ??= await TestCluster.NewDatabaseAsync();
        var started = await Task.WhenAll(Enumerable.Range(0, TestCluster.Nodes).Select(n => StartAsync(
            TestCluster.Settings(settings, n, database, token), internalPorts[n], clock, logs)));
        await TestCluster.BalancedAsync(started);
        var first = started[0];
        return new ApiHost(first._app, first._folder, token)
        {
            External = first.External, Internal = first.Internal, AdminListener = first.AdminListener, Others = started[1..], Database = database,
        };
    }

    /// <summary>A rack without switches and gateways.</summary>
    public static Dictionary<string, string?> OneRack() => new()
    {
        ["gantry:racks:0:id"] = "11111111-1111-4111-8111-111111111111",
        ["gantry:racks:0:subnet"] = "fd00:1122:3344:100::/56",
    };

    /// <summary>A client of the operator API; null calls without credentials.</summary>
    public HttpClient Client(string? token, Uri? listener = null)
    {
        var client = listener is null && Others.Count > 0
            ? new HttpClient(new SprayHandler([External, .. Others.Select(o => o.External)]))
            : new HttpClient();
        (client.BaseAddress, client.Timeout) = (listener ?? External, TimeSpan.FromSeconds(30));
        if (token is not null)
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        return client;
    }

    /// <summary>The operator API as a caller sees it; null calls without credentials.</summary>
    public ApiClient As(string? token, Uri? listener = null) => new(Client(token, listener));

    /// <summary>A client of the internal listener at a version.</summary>
    public HttpClient InternalClient(string? version = "1.0.0")
    {
        var client = new HttpClient { BaseAddress = Internal, Timeout = TimeSpan.FromSeconds(30) };
        if (version is not null)
        {
            client.DefaultRequestHeaders.Add("api-version", version);
        }

        return client;
    }

    /// <summary>Makes a user of the silo <c>default</c> and gives its token.</summary>
    public async Task<string> UserAsync(string name, string? fleetRole = null, string? siloRole = null)
    {
        var silo = await Views.FirstAsync(new ViewQuery<SiloRow>(TenancyViews.Silos).WhereEqual("name", "default"), default);
        var user = new UserId(Guid.NewGuid());
        var token = TokenText.New(SystemRandomSource.Instance);
        var admin = new Principal(PrincipalKind.Host, "tests", "admin");
        await AcceptedAsync(Addresses.User(user), new CreateUser(silo!.Row.Id, name, fleetRole, siloRole), admin);
        await AcceptedAsync(
            Addresses.User(user), new AddToken(new TokenId(Guid.NewGuid()), token.Hashed(SystemRandomSource.Instance), null), admin);
        return token.Reveal();
    }

    public async Task<T> AcceptedAsync<T>(EntityAddress to, ICommand<T> command, Principal caller) where T : class
    {
        var outcome = await Entities.AskAsync(
            to,
            command,
            new AskOptions { Key = CommandKey.Fresh(SystemRandomSource.Instance), Deadline = TimeSpan.FromSeconds(10), Caller = caller },
            default);
        return outcome is Outcome<T>.Accepted accepted ? accepted.Value : throw new InvalidOperationException($"{to}: {outcome}");
    }

    /// <summary>Where the journal ends: equal before and after means that nothing was written.</summary>
    public async Task<FeedPosition> PositionAsync() => await Services.GetRequiredService<IEventFeed>().NowAsync(default);

    /// <summary>
    /// The newest of the journal as text, to compare and to show: equal before and after means that nothing was written. The audit of writes comes
    /// behind them in its own time and does not count.
    /// </summary>
    public async Task<string> JournalAsync() => string.Join('\n', (await Services.GetRequiredService<IStoreAdmin>().TailAsync(1_000, default))
        .Where(l => l.Entity.Kind != "api-audit").TakeLast(20).Select(l => $"{l.Entity} {l.Event.Sequence} {l.Event.Tag}"));

    /// <summary>The same once what earlier tests began on this node has come to its end.</summary>
    public async Task<string> QuietJournalAsync()
    {
        await Eventually.HoldsAsync(() => OfEach<ActorEngine>().All(e => e.IsQuiet), TimeSpan.FromSeconds(60));
        return await JournalAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Others.Select(o => o.DisposeAsync().AsTask()));
        await _app.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
