using System.Collections.Immutable;
using Gantry.Contracts;
using Gantry.Multicast;
using Gantry.Primitives;

namespace Gantry.Api;

/// <summary>Between bodies of external IPs and what the area knows.</summary>
internal static class ExternalIpMaps
{
    public static ExternalIpAnswer Ephemeral(string ip, PoolId pool) => new() { Kind = "ephemeral", Ip = ip, IpPoolId = pool.Value };

    public static ExternalIpAnswer Attached(FloatingIpRow row, InstanceId instance) => new()
    {
        Kind = "floating",
        Ip = row.Address.ToString(),
        IpPoolId = row.Pool.Value,
        Id = row.Id.Value,
        Name = row.Name,
        Description = row.Description,
        InstanceId = instance.Value,
        ProjectId = row.Project.Value,
        TimeCreated = row.TimeCreated,
        TimeModified = row.TimeModified,
    };

    public static FloatingIpAnswer Floating(FloatingIpRow row, InstanceId? instance) => new()
    {
        Id = row.Id.Value,
        Name = row.Name,
        Description = row.Description,
        Ip = row.Address.ToString(),
        IpPoolId = row.Pool.Value,
        ProjectId = row.Project.Value,
        InstanceId = instance?.Value,
        TimeCreated = row.TimeCreated,
        TimeModified = row.TimeModified,
        Generation = row.Generation,
    };

    /// <summary>Reads which address is wanted; nothing given is the default pool.</summary>
    public static Refusal? Read(AddressAllocatorBody? body, out PoolChoice choice)
    {
        choice = new PoolChoice.Default(null);
        switch (body)
        {
            case null:
                return null;
            case { Type: "auto" }:
                return Read(body.PoolSelector, out choice);
            case { Type: "explicit", Ip: { } text }:
                if (Ip.TryParse(text) is not { } address)
                {
                    return MulticastErrors.BadAddress(text);
                }

                choice = new PoolChoice.Containing(address);
                return null;
            case { Type: "explicit" }:
                return Missing("ip", "address_allocator");
            default:
                return MulticastErrors.BadWord("type", body.Type, "auto", "explicit");
        }
    }

    /// <summary>Reads which pool is wanted; nothing given is the default pool.</summary>
    public static Refusal? Read(PoolSelectorBody? body, out PoolChoice choice)
    {
        choice = new PoolChoice.Default(null);
        switch (body)
        {
            case null or { Type: "auto", IpVersion: null }:
                return null;
            case { Type: "auto", IpVersion: { } word }:
                if (IpVersions.TryParse(word) is not { } version)
                {
                    return MulticastErrors.BadIpVersion(word);
                }

                choice = new PoolChoice.Default(version);
                return null;
            case { Type: "explicit", Pool: { } pool }:
                choice = new PoolChoice.Named(pool);
                return Finding.WhyNotNameOrId("pool", pool);
            case { Type: "explicit" }:
                return Missing("pool", "pool_selector");
            default:
                return MulticastErrors.BadWord("type", body.Type, "auto", "explicit");
        }
    }

    /// <summary>Reads what an instance is to be created with.</summary>
    public static Refusal? Read(IReadOnlyList<ExternalIpCreateBody>? bodies, out ImmutableArray<ExternalIpWish> wishes)
    {
        var read = ImmutableArray.CreateBuilder<ExternalIpWish>();
        wishes = [];
        foreach (var body in bodies ?? [])
        {
            if (Read(body, out var wish) is { } malformed)
            {
                return malformed;
            }

            read.Add(wish);
        }

        wishes = read.ToImmutable();
        return null;
    }

    private static Refusal? Read(ExternalIpCreateBody body, out ExternalIpWish wish)
    {
        wish = new ExternalIpWish(body.FloatingIp, body.PoolSelector?.Pool, body.PoolSelector?.IpVersion);
        return body switch
        {
            { Type: "ephemeral", FloatingIp: null } => Read(body.PoolSelector, out _),
            { Type: "ephemeral" } => OutOfPlace("floating_ip", body.Type),
            { Type: "floating", PoolSelector: not null } => OutOfPlace("pool_selector", body.Type),
            { Type: "floating", FloatingIp: { } text } => Finding.WhyNotNameOrId("floating_ip", text),
            { Type: "floating" } => Missing("floating_ip", "an external IP", body.Type),
            _ => MulticastErrors.BadWord("type", body.Type, "ephemeral", "floating"),
        };
    }

    private static Refusal OutOfPlace(string member, string type) =>
        Refusal.Invalid("MalformedBody", $"an external IP of type {type} has no {member}", $"remove {member}");

    private static Refusal Missing(string member, string of, string type = "explicit") =>
        Refusal.Invalid("MemberMissing", $"{of} of type {type} needs {member}", $"add {member}");
}
