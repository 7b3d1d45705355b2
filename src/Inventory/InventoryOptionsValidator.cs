using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Gantry.Inventory;

/// <summary>Checks <see cref="InventoryOptions"/> at the start: what is mistyped here would else be a rack that nobody meant.</summary>
internal sealed class InventoryOptionsValidator(IConfiguration configuration) : IValidateOptions<InventoryOptions>
{
    public ValidateOptionsResult Validate(string? name, InventoryOptions options)
    {
        // An element that cannot be bound is left out by the binder without a word.
        var wrong = configuration.GetSection("gantry:racks").GetChildren()
            .Where(r => r["id"] is { } id && !Guid.TryParse(id, out _))
            .Select(r => $"gantry.racks[{r.Key}].id \"{r["id"]}\" is no UUID")
            .Concat(options.Racks.Index().SelectMany(r => WhyNot($"gantry.racks[{r.Index}]", r.Item)))
            .ToList();
        if (options.Racks.Count > InventoryLimits.RacksMax)
        {
            wrong.Add($"gantry.racks has {options.Racks.Count} racks, at most {InventoryLimits.RacksMax} are served");
        }

        if (options.Racks.DistinctBy(r => r.Id).Count() != options.Racks.Count)
        {
            wrong.Add("gantry.racks has two racks of the same id");
        }

        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }

    private static IEnumerable<string> WhyNot(string path, RackOptions rack)
    {
        if (rack.Id == Guid.Empty)
        {
            yield return $"{path}.id is missing: it is a UUID that never changes";
        }

        if (RackSubnet.Normalize(rack.Subnet) is null)
        {
            yield return $"{path}.subnet \"{rack.Subnet}\" is not an IPv6 /56 such as fd00:1122:3344:100::/56";
        }

        if (rack.Switches.Any(s => s.Slot is not (0 or 1)) || rack.Switches.DistinctBy(s => s.Slot).Count() != rack.Switches.Count)
        {
            yield return $"{path}.switches has slots {string.Join(", ", rack.Switches.Select(s => s.Slot))}: they are 0 and 1, each once";
        }

        foreach (var address in rack.Switches.Select(s => s.Address).Concat(rack.ManagementGateways).Where(a => !IsHttp(a)))
        {
            yield return $"{path} has \"{address}\", which is not a base address such as http://127.0.0.1:12224";
        }
    }

    private static bool IsHttp(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps);
}
