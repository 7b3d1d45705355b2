using Gantry.Multicast;
using Gantry.Primitives;

namespace Gantry.Api;

/// <summary>What every object with a name and a description is checked for before anything is asked.</summary>
internal static class Naming
{
    /// <summary>Null when both can be kept; what is not given is not checked.</summary>
    public static Refusal? WhyNot(string? name, string? description)
    {
        if (name is not null && ObjectName.WhyNot(name) is { } why)
        {
            return MulticastErrors.BadName(name, why);
        }

        return description?.Length > ObjectName.DescriptionLengthMax ? MulticastErrors.LongDescription(description.Length) : null;
    }
}
