using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>Refusals of the area, each with its stable code.</summary>
internal static class InstancesErrors
{
    /// <summary>Code of the refusal upon which a stop or reboot asks again by itself.</summary>
    public const string NotRegisteredYet = "VmmNotRegisteredYet";

    private const string Wait = "wait for it to settle, then try again";

    public static Refusal InstanceUnknown(string key) => Refusal.NotFound("instance", key);

    public static Refusal BadName(string name, string why) =>
        Refusal.Invalid("BadName", $"instance name \"{name}\": {why}", "choose a name such as \"web-1\"");

    public static Refusal NameTaken(string name) => new(
        RefusalKind.AlreadyExists, "ObjectAlreadyExists", $"already exists: instance \"{name}\"", "choose another name or use the one that exists");

    public static Refusal BadDescription(int length) => Refusal.Invalid(
        "DescriptionTooLong", $"the description has {length} characters, at most {ObjectName.DescriptionLengthMax} are possible");

    public static Refusal BadCpus(long asked) => new(
        RefusalKind.InvalidValue, "CpuCountInvalid", $"ncpus is {asked}; an instance has 1 to {InstancesLimits.CpusMax} vCPUs");

    public static Refusal BadMemory(long asked) => new(
        RefusalKind.InvalidValue, "MemoryInvalid",
        $"memory is {asked} bytes; it is a multiple of {InstancesLimits.MemoryStepBytes} (1 GiB), at most {InstancesLimits.MemoryBytesMax} (1536 GiB)");

    public static Refusal BadHostname(string hostname) => Refusal.Invalid(
        "HostnameInvalid",
        $"hostname \"{hostname}\" is not one by RFC 1035: labels of letters, digits and inner dashes, at most {InstancesLimits.HostnameLengthMax} characters");

    public static Refusal BadPlatform(string platform) =>
        new(RefusalKind.InvalidValue, "CpuPlatformInvalid", $"\"{platform}\" is no CPU platform; it is amd_milan, amd_turin, amd_turin_v2 or null");

    public static Refusal BadRestartPolicy(string policy) =>
        new(RefusalKind.InvalidValue, "RestartPolicyInvalid", $"\"{policy}\" is no restart policy; it is never, best_effort or null");

    public static Refusal TooManyGroups(int asked) => Refusal.Invalid(
        "GroupLimitReached",
        $"an instance may join at most {InstancesLimits.MulticastGroupsMax} multicast groups, {asked} were asked for");

    public static Refusal TooManyExternalIps() => Refusal.Invalid(
        "ExternalIpLimitReached",
        $"an instance has at most {InstancesLimits.ExternalIpsMax} external IPs, of which at most {InstancesLimits.EphemeralIpsMax} ephemeral ones",
        "ask for fewer");

    public static Refusal VmmUsed(string vmm) => Refusal.Conflict("VmmIdUsed", $"VMM {vmm} exists already and is past its creation");

    public static Refusal SledSaidNonsense(VmmId vmm, string state, long generation) => Refusal.Invalid(
        "SledAnswerInvalid", $"a sled reports VMM {vmm} in state \"{state}\" at generation {generation}, which is not one");

    public static Refusal SelfMigration(VmmId vmm) => Refusal.Conflict(
        "VmmMigratesToItself", $"a sled reports VMM {vmm} as both sides of one migration");

    public static Refusal MigrationGone(VmmId vmm) => new(
        RefusalKind.Gone, "MigrationGone", $"a sled reports a migration of VMM {vmm} whose instance is deleted");

    public static Refusal NotThatSide(VmmId vmm) => new(
        RefusalKind.InvalidValue, "NotThatMigrationSide", $"a sled reports VMM {vmm} as the other side of its migration");

    public static Refusal NotStartable(string name, string runState) => Refusal.Conflict(
        "InstanceNotStartable", $"instance \"{name}\" is {runState} and cannot be started", Wait);

    public static Refusal StartOvertaken(string name, string how) => Refusal.Conflict(
        "StartOvertaken", $"instance \"{name}\" was changed while its start was being prepared: {how}", "look at it again, then start it if that is wanted");

    public static Refusal AlreadyStarting(string name, VmmId other) => Refusal.Conflict(
        "InstanceHasVmm", $"instance \"{name}\" has VMM {other} already", "look at it again: it may be running");

    public static Refusal EndedBeforeRun(VmmId vmm) => Refusal.Conflict(
        "VmmEndedBeforeRun", $"VMM {vmm} ended before it was told to run", "look at the instance: somebody stopped it, or its sled lost it");

    public static Refusal NotStoppable(string name, string runState) => Refusal.Invalid(
        "InstanceNotStoppable", $"instance \"{name}\" is {runState} and cannot be stopped", Wait);

    public static Refusal NotRebootable(string name, string runState) => Refusal.Invalid(
        "InstanceNotRebootable", $"instance \"{name}\" is {runState} and cannot be rebooted", "start it, or wait until it runs");

    public static Refusal NotDeletable(string name, string runState) => Refusal.Invalid(
        "InstanceNotDeletable", $"instance \"{name}\" is {runState} and cannot be deleted", "stop it first and wait until it is stopped");

    public static Refusal VmmUnwound(VmmId vmm) => Refusal.Invalid(
        "InstanceNotStarted", $"VMM {vmm} was taken back before it reached a sled: there is nothing to stop or reboot", "look at the instance again");

    public static Refusal NotMigratable(string name, string runState) => Refusal.Invalid(
        "InstanceNotMigratable", $"instance \"{name}\" is {runState}; only a running one can be migrated", "start it, or wait until it runs");

    public static Refusal MigrationUnderWay(string name, MigrationId migration) => Refusal.Conflict(
        "MigrationUnderWay", $"instance \"{name}\" has migration {migration} under way", "wait until it ends");

    public static Refusal SameSled(string name, SledId sled) => Refusal.Invalid(
        "MigrationToOwnSled", $"instance \"{name}\" runs on sled {sled} already", "choose another sled");

    public static Refusal MigrationLost(string name) => Refusal.Conflict(
        "MigrationRaceLost", $"instance \"{name}\" changed while its migration was being prepared", "look at it again, then try again");

    public static Refusal VmmNotMigratable(VmmId vmm, string state) => Refusal.Conflict(
        "VmmNotMigratable", $"VMM {vmm} is {state} and cannot be the source of a migration now", "wait until it runs");

    public static Refusal PlatformNotMigratable(string platform) => Refusal.Invalid(
        "PlatformNotMigratable", $"a VMM with CPU platform {platform} cannot be migrated", "stop the instance and start it again");

    public static Refusal AffinityConflict(string why) => Refusal.Invalid(
        "AffinityConflict", why, "take the instance out of one of the groups, or change where the other members run");

    public static Refusal AffinityFull(string name) => Refusal.Invalid(
        "AffinityGroupFull", $"group \"{name}\" has {InstancesLimits.AffinityMembersMax} members, the most that are possible");

    public static Refusal AffinityOfRunning(string name) => Refusal.Invalid(
        "InstanceHasReservation", $"instance \"{name}\" holds room on a sled and cannot join a group now", "stop it first and wait until it is stopped");

    public static Refusal AffinityLimit(string name) => Refusal.Invalid(
        "AffinityGroupLimit", $"instance \"{name}\" is in {InstancesLimits.AffinityGroupsMax} groups, the most that are possible");

    public static Refusal BadPolicy(string policy) =>
        new(RefusalKind.InvalidValue, "AffinityPolicyInvalid", $"\"{policy}\" is no affinity policy; it is allow or fail");

    public static Refusal VmmNotRegisteredYet(VmmId vmm) => new(
        RefusalKind.Unavailable, NotRegisteredYet, $"VMM {vmm} is being handed to its sled", "nothing: it is asked again by itself");

    public static Refusal VmmBeingRegistered(VmmId vmm) => new(
        RefusalKind.Unavailable, "VmmBeingRegistered", $"VMM {vmm} is being handed to its sled and that takes long", "try again in a few seconds");

    public static Refusal NotConfigurable(string name, string runState, string what) => Refusal.Conflict(
        "InstanceHasVmm", $"instance \"{name}\" is {runState}: its {what} can only be changed while it is stopped", "stop it first");

    public static Refusal BootDiskUnknown(string disk) => Refusal.Conflict(
        "BootDiskNotAttached", $"boot disk \"{disk}\" is not attached to the instance", "leave boot_disk null: disks are not served yet");

    public static Refusal StillLinked(VmmId vmm) => Refusal.Conflict("VmmStillLinked", $"VMM {vmm} is still the instance's");

    public static Refusal NoRoom(string wanted, string why) => new(
        RefusalKind.InsufficientCapacity, "NoSledFits",
        $"no sled has room for {wanted}: {why}",
        "gantry sled list shows what is taken: stop or shrink instances, undrain a sled, or ask for less");

    public static Refusal SledGone(SledId sled) =>
        new(RefusalKind.Unavailable, "SledUnknown", $"sled {sled} is not there any more", "try again: another sled is chosen then");

    public static Refusal Gone(VmmId vmm) => new(
        RefusalKind.MachineGone, "InstanceUnreachable",
        $"the machine (VMM {vmm}) is not on its sled any more and is being moved to failed", "look at the instance, then start it again");

    public static Refusal SledRefused(int status, string message) => Refusal.Invalid("SledRefused", $"the sled answered {status}: {message}");

    public static Refusal SledBusy(string what) =>
        new(RefusalKind.Unavailable, "SledBusy", $"the sled {what}", "try again after a few seconds");

    public static Refusal SledFault(string what) => new(
        RefusalKind.Bug, "SledFault", $"the sled {what}", "the sled that was chosen failed: look at it with gantry sled list, then try again");

    public static Refusal SledUnreachable(string what) =>
        new(RefusalKind.DeviceUnreachable, "SledUnreachable", $"the sled {what}", "look at the sled with: gantry sled show");

    public static Refusal SledBroke(string what) =>
        new(RefusalKind.DeviceUnreachable, "SledUnreachable", $"the sled {what}", "look at the instance before trying again: it may have been done");

    public static Refusal SledTimeout(string what) =>
        new(RefusalKind.DeviceTimeout, "SledTimeout", $"the sled {what}", "look at the instance before trying again: it may have been done");
}
