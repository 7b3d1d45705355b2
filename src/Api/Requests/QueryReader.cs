using System.Collections.Immutable;
using System.Globalization;
using Gantry.Actors;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Reads the query against what the operation declares: unknown, repeated and over-long parameters are refused.</summary>
internal static class QueryReader
{
    public const string Limit = "limit";
    public const string Token = "page_token";
    public const string SortBy = "sort_by";
    public const string Filter = "filter";
    public const string DryRun = "dry_run";

    /// <summary>The parameters by name, or the failure.</summary>
    public static (ImmutableSortedDictionary<string, string> Values, Failure? Failure) Read(HttpRequest request, Operation operation)
    {
        var values = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in request.Query)
        {
            if (operation.Query.FirstOrDefault(q => q.Name == name) is not { } declared)
            {
                return (values.ToImmutable(), Unknown(name, operation));
            }

            if (value.Count != 1)
            {
                return (values.ToImmutable(), Bad(name, "is given more than once"));
            }

            var text = value.ToString();
            if (text.Length > declared.LengthMax)
            {
                return (values.ToImmutable(), Bad(name, $"has {text.Length} characters, at most {declared.LengthMax} are read"));
            }

            if (!declared.Allowed.IsEmpty && !declared.Allowed.Contains(text))
            {
                return (values.ToImmutable(), Bad(name, $"is none of {string.Join(", ", declared.Allowed)}"));
            }

            if (declared.Range is { } range &&
                !(long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= range.Least && number <= range.Most))
            {
                return (values.ToImmutable(), Bad(name, $"is no whole number from {range.Least} to {range.Most}"));
            }

            values.Add(name, text);
        }

        foreach (var missing in operation.Query.Where(q => q.IsRequired && !values.ContainsKey(q.Name)))
        {
            return (values.ToImmutable(), Bad(missing.Name, "is required"));
        }

        return (values.ToImmutable(), null);
    }

    /// <summary>The scan that a list operation is asked for.</summary>
    public static (PageRequest? Page, ImmutableSortedDictionary<string, string> Values, Failure? Failure) ReadPage(
        ImmutableSortedDictionary<string, string> values, Operation operation, string scan)
    {
        var limit = ApiLimits.PageDefault;
        if (values.TryGetValue(Limit, out var limitText))
        {
            if (!uint.TryParse(limitText, NumberStyles.None, CultureInfo.InvariantCulture, out var asked) || asked == 0)
            {
                return (null, values, Bad(Limit, $"is a number from 1 to {ApiLimits.PageMax}"));
            }

            limit = (int)Math.Min(asked, ApiLimits.PageMax);
        }

        ViewCursor? after = null;
        if (values.TryGetValue(Token, out var tokenText))
        {
            if (PageToken.Read(scan, tokenText) is not { } token || token.Q.Keys.Any(k => operation.Query.All(q => q.Name != k)))
            {
                return (null, values, Failure.Malformed(
                    ApiErrors.BadPageToken,
                    "page_token is not one that this list gave out",
                    "begin the scan again without page_token"));
            }

            values = token.Q;
            after = token.Cursor;
        }

        var sort = values.TryGetValue(SortBy, out var word)
            ? operation.Sorts.FirstOrDefault(s => s.Word == word)
            : operation.Sorts[0];
        if (sort is null)
        {
            return (null, values, Bad(SortBy, $"is none of {string.Join(", ", operation.Sorts.Select(s => s.Word))}"));
        }

        var kept = values.Remove(Limit).Remove(Token);
        if (PageToken.BytesOf(kept) > ApiLimits.ScanParametersBytesMax)
        {
            return (null, values, Failure.Malformed(
                ApiErrors.MalformedQuery,
                $"the scan's parameters take more than {ApiLimits.ScanParametersBytesMax} bytes, which no page_token could hold",
                "use a shorter filter"));
        }

        var page = new PageRequest
        {
            Limit = limit,
            Sort = sort,
            After = after,
            TokenAfter = cursor => PageToken.Write(scan, kept, cursor),
        };
        return (page, kept, null);
    }

    private static Failure Unknown(string name, Operation operation)
    {
        var known = operation.Query.IsEmpty ? "none" : string.Join(", ", operation.Query.Select(q => q.Name));
        return Failure.Invalid(
            ApiErrors.UnknownQueryParameter,
            $"query parameter \"{Shown(name)}\" is not known to {operation.Id}; known: {known}",
            "correct or remove it");
    }

    private static Failure Bad(string name, string why) =>
        Failure.Malformed(ApiErrors.MalformedQuery, $"query parameter \"{name}\" {why}");

    private static string Shown(string text) => text.Length <= 64 ? text : text[..64] + "…";
}
