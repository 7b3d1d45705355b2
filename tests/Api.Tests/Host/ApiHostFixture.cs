using Xunit;

namespace Gantry.Api.Tests;

/// <summary>One node with a rack for all tests of a collection, to spare starts; tests use names of their own.</summary>
public sealed class ApiHostFixture : IAsyncLifetime
{
    private ApiHost? _host;

    internal ApiHost Host => _host ?? throw new InvalidOperationException("not started");

    public async Task InitializeAsync() => _host = await ApiHost.StartAsync(ApiHost.OneRack());

    public async Task DisposeAsync() => await Host.DisposeAsync();
}

/// <summary>Tests that share one node.</summary>
[CollectionDefinition(Name)]
public sealed class ApiHostGroup : ICollectionFixture<ApiHostFixture>
{
    public const string Name = "one node";
}
