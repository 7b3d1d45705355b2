using System.Collections.Frozen;
using System.Text.Json;
using Gantry.Devices;

namespace Gantry.Sled;

/// <summary>Turns port records into bodies and answers into port records. Pure.</summary>
internal static class SledBodies
{
    private const long GenerationMax = 1L << 62;

    // vmm 2.2 and 2.4. A word that is none of them cannot be judged, so the answer counts as unreadable.
    private static readonly FrozenSet<string> s_states = FrozenSet.Create(
        StringComparer.Ordinal, "starting", "running", "stopping", "stopped", "rebooting", "migrating", "failed", "destroyed");

    private static readonly FrozenSet<string> s_sides = FrozenSet.Create(StringComparer.Ordinal, "pending", "in_progress", "completed", "failed");

    private const long BytesPerMebibyte = 1L << 20;

    /// <summary>The registration with the parts that are the same for every VMM of this release.</summary>
    public static byte[] Ensure(VmmRegistration registration) => JsonSerializer.SerializeToUtf8Bytes(
        new EnsureBody(
            new VmmSpecBody(
                new BoardBody(
                    registration.Cpus,
                    registration.MemoryBytes / BytesPerMebibyte,
                    new ChipsetBody("i440_fx", new ChipsetValueBody(EnablePcie: false))),
                new EmptyBody()),
            new LocalConfigBody(
                registration.Hostname,
                Nics: [],
                ExternalIps: new ExternalIpsBody(Family(registration, isV6: false), Family(registration, isV6: true)),
                FirewallRules: [],
                MulticastGroups: [.. registration.MulticastGroups.Select(m => new MulticastBody(m.GroupIp, m.Sources))],
                DhcpConfig: new DhcpBody(["9.9.9.9"], []),
                DelegatedZvols: [],
                AttachedSubnets: []),
            new VmmRuntimeBody(registration.Runtime.State, registration.Runtime.Gen, registration.Runtime.TimeUpdated),
            registration.InstanceId,
            registration.MigrationId,
            registration.PropolisAddress,
            new MetadataBody(registration.SiloId, registration.ProjectId)),
        SledJson.Default.EnsureBody);

    public static byte[] PutState(VmmStateRequest request) => JsonSerializer.SerializeToUtf8Bytes(
        new PutStateBody(new RequestedStateBody(
            request.Type, request.SrcPropolisAddress is { } source ? new MigrationTargetBody(source) : null)),
        SledJson.Default.PutStateBody);

    public static byte[] ExternalIp(SledExternalIp ip) => JsonSerializer.SerializeToUtf8Bytes(
        new ExternalIpBody(ip.IsFloating ? "floating" : "ephemeral", ip.Address), SledJson.Default.ExternalIpBody);

    public static SledVmmState State(VmmStateAnswer answer) => new(
        new VmmRuntime(Word(answer.VmmState.State, s_states), Generation(answer.VmmState.Gen), answer.VmmState.TimeUpdated),
        Migration(answer.MigrationIn),
        Migration(answer.MigrationOut));

    public static SledVmmUpdate Update(UpdateAnswer answer) =>
        new(answer.UpdatedRuntime is { } state ? State(state) : null);

    public static SledInventory Inventory(InventoryAnswer answer) => new()
    {
        SledId = answer.SledId,
        Role = answer.SledRole,
        PartNumber = answer.BaseboardId.PartNumber,
        SerialNumber = answer.BaseboardId.SerialNumber,
        CpuFamily = answer.CpuFamily,
        UsableHardwareThreads = answer.UsableHardwareThreads,
        UsablePhysicalRam = answer.UsablePhysicalRam,
        ReservoirSize = answer.ReservoirSize,
    };

    public static ServiceProcessorState ServiceProcessor(ServiceProcessorAnswer answer) =>
        new(answer.Type, answer.Slot, answer.PartNumber, answer.SerialNumber, answer.PowerState);

    private static ExternalIpFamilyBody? Family(VmmRegistration registration, bool isV6)
    {
        var ips = registration.ExternalIps.Where(ip => ip.Address.Contains(':', StringComparison.Ordinal) == isV6).ToList();
        return ips.Count == 0
            ? null
            : new ExternalIpFamilyBody(
                ips.FirstOrDefault(ip => !ip.IsFloating)?.Address, [.. ips.Where(ip => ip.IsFloating).Select(ip => ip.Address)]);
    }

    private static SledMigrationState? Migration(MigrationAnswer? answer) =>
        answer is null ? null : new SledMigrationState(answer.MigrationId, Word(answer.State, s_sides), Generation(answer.Gen), answer.TimeUpdated);

    // 0 is below the first generation (vmm 1.7): applying it would never do anything, so it is no state at all. Nor could anything follow one
    // at the very end, which no sled ever gets to by counting.
    private static long Generation(long value) =>
        value is >= 1 and <= GenerationMax ? value : throw new FormatException($"generation {value} is not within 1 and {GenerationMax}");

    private static string Word(string value, FrozenSet<string> known) =>
        known.Contains(value) ? value : throw new FormatException($"\"{value}\" is none of {string.Join(", ", known)}");
}
