using System.Collections.Immutable;

namespace Gantry.Api;

/// <summary>The query parameter <c>filter</c>: <c>field=value</c>, <c>!=</c>, comma for and (operator-experience 5).</summary>
internal sealed class ListFilter
{
    private readonly ImmutableArray<(FilterField Field, bool IsEqual, string Value)> _tests;

    private ListFilter(ImmutableArray<(FilterField Field, bool IsEqual, string Value)> tests) => _tests = tests;

    /// <summary>Whether all tests hold for an item.</summary>
    public bool Holds(object item) => _tests.All(t => string.Equals(t.Field.Read(item), t.Value, StringComparison.Ordinal) == t.IsEqual);

    /// <summary>Reads a filter, or says what is wrong with it.</summary>
    public static (ListFilter? Filter, Failure? Failure) Read(string text, Operation operation)
    {
        var terms = text.Split(',');
        if (terms.Length > ApiLimits.FilterTestsMax)
        {
            return (null, Bad($"filter has {terms.Length} tests, at most {ApiLimits.FilterTestsMax} are done"));
        }

        var tests = ImmutableArray.CreateBuilder<(FilterField, bool, string)>(terms.Length);
        foreach (var term in terms)
        {
            var at = term.IndexOf('=', StringComparison.Ordinal);
            if (at < 1 || term.Any(char.IsControl))
            {
                return (null, Bad($"filter \"{term}\" is not of the form field=value or field!=value"));
            }

            var isEqual = term[at - 1] != '!';
            var name = isEqual ? term[..at] : term[..(at - 1)];
            if (operation.Filter.FirstOrDefault(f => f.Name == name) is not { } field)
            {
                return (null, Bad(
                    $"filter knows no field \"{name}\" in {operation.Id}; known: {string.Join(", ", operation.Filter.Select(f => f.Name))}"));
            }

            tests.Add((field, isEqual, term[(at + 1)..]));
        }

        return (new ListFilter(tests.ToImmutable()), null);
    }

    private static Failure Bad(string message) =>
        Failure.Invalid(ApiErrors.BadFilter, message, "write for example filter=name=web-1 or filter=state!=running,name=web-1");
}
