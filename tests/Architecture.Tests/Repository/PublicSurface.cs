using System.Reflection;
using System.Text;

namespace Gantry.Architecture.Tests;

/// <summary>Writes the public surface of an assembly as sorted text, one line a type or member.</summary>
internal static class PublicSurface
{
    public static string Of(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().Where(t => t.Namespace?.StartsWith("Gantry", StringComparison.Ordinal) == true)
            .OrderBy(t => t.FullName, StringComparer.Ordinal))
        {
            text.Append(type.FullName).Append('\n');
            foreach (var line in Members(type).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                text.Append("  ").Append(line).Append('\n');
            }
        }

        return text.ToString();
    }

    private static IEnumerable<string> Members(Type type) =>
        type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Where(m => m is not Type && !IsNoise(m))
            .Select(m => m switch
            {
                MethodInfo method => $"{Name(method.ReturnType)} {method.Name}({Parameters(method)})",
                ConstructorInfo constructor => $"new({Parameters(constructor)})",
                PropertyInfo property => $"{Name(property.PropertyType)} {property.Name}",
                FieldInfo field => $"{Name(field.FieldType)} {field.Name}",
                _ => $"{m.MemberType} {m.Name}",
            });

    // What records and properties bring by themselves says nothing about the surface.
    private static bool IsNoise(MemberInfo member) =>
        (member is MethodInfo { IsSpecialName: true })
        || member.Name is "Equals" or "GetHashCode" or "ToString" or "Deconstruct" or "PrintMembers" or "EqualityContract"
        || member.Name.Contains('<', StringComparison.Ordinal);

    private static string Parameters(MethodBase method) =>
        string.Join(", ", method.GetParameters().Select(p => $"{Name(p.ParameterType)} {p.Name}"));

    private static string Name(Type type)
    {
        if (!type.IsGenericType)
        {
            return type.Name;
        }

        var bare = type.Name.Contains('`', StringComparison.Ordinal) ? type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)] : type.Name;
        return $"{bare}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>";
    }
}
