using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>How a caller names a group: one string, read as UUID, else as IP address, else as name (multicast 3.1).</summary>
public abstract record GroupIdentifier
{
    private GroupIdentifier()
    {
    }

    /// <summary>A UUID: the group must exist.</summary>
    public sealed record ById(GroupId Id) : GroupIdentifier;

    /// <summary>An address: the group is created by the first join.</summary>
    public sealed record ByAddress(Ip Address) : GroupIdentifier;

    /// <summary>A name: the group is created by the first join, with an address from a pool.</summary>
    public sealed record ByName(string Name) : GroupIdentifier;

    /// <summary>Reads the text; null when it is none of the three.</summary>
    public static GroupIdentifier? TryParse(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (Guid.TryParseExact(text, "D", out var id))
        {
            return new ById(new GroupId(id));
        }

        if (Ip.TryParse(text) is { } address)
        {
            return new ByAddress(address);
        }

        return ObjectName.IsValid(text) ? new ByName(text) : null;
    }

    /// <summary>As in messages.</summary>
    public sealed override string ToString() => this switch
    {
        ById byId => byId.Id.ToString(),
        ByAddress byAddress => byAddress.Address.ToString(),
        ByName byName => byName.Name,
        _ => "",
    };
}
