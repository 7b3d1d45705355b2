using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>The rack-setup hand-off on the admin listener (vmm 1.9).</summary>
[Collection(ApiHostGroup.Name)]
public sealed class RackSetupTests(ApiHostFixture fixture) : IDisposable
{
    private readonly ApiClient _admin = fixture.Host.As(fixture.Host.AdminToken, fixture.Host.AdminListener);

    public void Dispose() => _admin.Dispose();

    [Fact]
    public async Task A_rack_is_handed_off_once_and_the_same_again_is_fine()
    {
        var path = $"/racks/{Guid.NewGuid()}/initialization-complete";
        var body = new { RackSubnet = "fd00:1122:3344:200::/56" };

        await _admin.PutAsync(path, body).Expect(204);
        await _admin.PutAsync(path, body).Expect(204);

        await _admin.PutAsync(path, new { RackSubnet = "fd00:1122:3344:300::/56" }).ExpectFailure(409, "Conflict", "RackSubnetFixed");
        await _admin.PutAsync(path, new { RackSubnet = body.RackSubnet, InitialTrustQuorumConfiguration = Quorum(3) })
            .ExpectFailure(409, "Conflict", "RackFoundedOtherwise");
        using var external = fixture.Host.As(fixture.Host.AdminToken);
        await external.GetAsync(path.Replace("/racks", "/v1/system/hardware/racks", StringComparison.Ordinal).Replace("/initialization-complete", "", StringComparison.Ordinal))
            .Expect(200);
    }

    [Fact]
    public async Task The_first_quorum_is_checked()
    {
        var path = $"/racks/{Guid.NewGuid()}/initialization-complete";

        await _admin.PutAsync(path, new { RackSubnet = "fd00:1122:3344:400::/56", InitialTrustQuorumConfiguration = Quorum(2) })
            .ExpectFailure(400, "InvalidValue");
        await _admin.PutAsync(path, new { RackSubnet = "10.0.0.0/8" }).ExpectFailure(400, "InvalidValue");
        await _admin.PutAsync(path, new { RackSubnet = "fd00:1122:3344:400::/56", InitialTrustQuorumConfiguration = Quorum(3) }).Expect(204);
    }

    [Fact]
    public async Task Only_fleet_admins_reach_it_and_only_on_the_admin_listener()
    {
        var path = $"/racks/{Guid.NewGuid()}/initialization-complete";
        using var operatorClient = fixture.Host.As(await fixture.Host.UserAsync("rs-operator", "operator"), fixture.Host.AdminListener);
        using var external = fixture.Host.As(fixture.Host.AdminToken);

        await operatorClient.PutAsync(path, new { RackSubnet = "fd00:1122:3344:500::/56" }).ExpectFailure(403, "Forbidden");
        (await external.PutAsync(path, new { RackSubnet = "fd00:1122:3344:500::/56" })).Status.ShouldBe(404);
    }

    private static object Quorum(int members) => new
    {
        Members = Enumerable.Range(0, members).Select(Board).ToArray(),
        Coordinator = Board(0),
    };

    private static object Board(int n) => new { PartNumber = "913-0000019", SerialNumber = $"BRM4222{n:0000}" };
}
