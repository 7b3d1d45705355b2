using Gantry.Primitives;

namespace Gantry.Tenancy;

/// <summary>The rule that every named thing of the area obeys.</summary>
internal static class Names
{
    public static Refusal? WhyNot(string what, string name, string description)
    {
        if (ObjectName.WhyNot(name) is { } why)
        {
            return TenancyErrors.BadName(what, name, why);
        }

        return description.Length > ObjectName.DescriptionLengthMax ? TenancyErrors.BadDescription(description.Length) : null;
    }
}
