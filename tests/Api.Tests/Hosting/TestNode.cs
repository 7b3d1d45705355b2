using Gantry.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gantry.Api.Tests;

/// <summary>A node without HTTP: what <c>AddGantry</c> makes of settings.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    private readonly IHost _host;

    private bool _isStarted;

    private TestNode(IHost host) => _host = host;

    public GantryHealth Health => Get<GantryHealth>();

    public static async Task<TestNode> StartAsync(
        IEnumerable<KeyValuePair<string, string?>> settings, Action<IServiceCollection>? more = null)
    {
        var node = Make(settings, more);
        try
        {
            await node.StartAsync();
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    public static TestNode Make(IEnumerable<KeyValuePair<string, string?>> settings, Action<IServiceCollection>? more = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddSimpleConsole();
        builder.Services.AddGantry(builder.Configuration);
        more?.Invoke(builder.Services);
        return new TestNode(builder.Build());
    }

    public T Get<T>() where T : notnull => _host.Services.GetRequiredService<T>();

    public async Task StartAsync()
    {
        await _host.StartAsync();
        _isStarted = true;
    }

    public Task StopAsync() => _host.StopAsync();

    /// <summary>Disposes of the host as one does who forgot to stop it.</summary>
    public ValueTask AbandonAsync()
    {
        _isStarted = false;
        return DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_isStarted)
        {
            await _host.StopAsync();
        }

        if (_host is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }
    }
}

/// <summary>A folder of its own for one test, gone afterwards.</summary>
internal sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("gantry-hosting-").FullName;

    public Dictionary<string, string?> Settings => new() { ["gantry:storage:kind"] = "sqlite", ["gantry:storage:path"] = Path };

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
