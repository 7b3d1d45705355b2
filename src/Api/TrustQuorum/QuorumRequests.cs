using System.Collections.Immutable;
using System.Globalization;
using Gantry.Primitives;

namespace Gantry.Api;

/// <summary>Reads sleds and epochs out of membership requests.</summary>
internal static class QuorumRequests
{
    /// <summary>The sleds of a body as a set, or why one of them is none.</summary>
    public static (ImmutableArray<BaseboardId> Sleds, Refusal? Why) Sleds(IEnumerable<QuorumSledBody> bodies) =>
        Judge([.. bodies.Select(b => new BaseboardId(b.PartNumber, b.SerialNumber))]);

    /// <summary>The same in the words of the drafts.</summary>
    public static (ImmutableArray<BaseboardId> Sleds, Refusal? Why) Sleds(IEnumerable<DraftSledBody> bodies)
    {
        var sleds = ImmutableArray.CreateBuilder<BaseboardId>();
        foreach (var body in bodies)
        {
            var sled = body switch
            {
                { PartNumber: { } part, SerialNumber: { } serial, Part: null, Serial: null } => new BaseboardId(part, serial),
                { Part: { } part, Serial: { } serial, PartNumber: null, SerialNumber: null } => new BaseboardId(part, serial),
                _ => null,
            };
            if (sled is null)
            {
                return ([], new Refusal(
                    RefusalKind.InvalidRequest, ApiErrors.MalformedBody,
                    "each of \"sled_ids\" has part_number and serial_number, or part and serial, and not a mixture"));
            }

            sleds.Add(sled);
        }

        return Judge(sleds.ToImmutable());
    }

    /// <summary>An epoch in text: a number; one beyond what a record can have is none there (null), not a mistake.</summary>
    public static bool TryEpoch(string text, out long? epoch)
    {
        var isNumber = ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        epoch = isNumber && number <= long.MaxValue ? (long)number : null;
        return isNumber;
    }

    private static (ImmutableArray<BaseboardId> Sleds, Refusal? Why) Judge(ImmutableArray<BaseboardId> sleds) =>
        sleds.FirstOrDefault(s => !s.IsWellFormed) is { } bad
            ? ([], Refusal.Invalid(
                "BaseboardMalformed",
                $"part \"{Short(bad.PartNumber)}\" with serial \"{Short(bad.SerialNumber)}\" is no baseboard: both are 1 to {BaseboardId.TextMax} "
                    + "printable ASCII characters without space and colon"))
            : ([.. sleds.Distinct().Order()], null);

    private static string Short(string text) => text.Length <= 64 ? text : text[..64] + "…";
}
