using Gantry.Primitives;

namespace Gantry.Tenancy;

/// <summary>Refusals of the area, each with its stable code.</summary>
internal static class TenancyErrors
{
    public static Refusal SiloUnknown(string key) => Refusal.NotFound("silo", key);

    public static Refusal ProjectUnknown(string key) => Refusal.NotFound("project", key);

    public static Refusal UserUnknown(string key) => Refusal.NotFound("user", key);

    public static Refusal TokenUnknown(string key) => Refusal.NotFound("access token", key);

    public static Refusal BadName(string what, string name, string why) =>
        Refusal.Invalid("BadName", $"{what} name \"{name}\": {why}", "choose a name such as \"web-1\"");

    public static Refusal BadDescription(int length) => Refusal.Invalid(
        "DescriptionTooLong",
        $"the description has {length} characters, at most {ObjectName.DescriptionLengthMax} are possible");

    public static Refusal Exists(string what, string name) => new(
        RefusalKind.AlreadyExists, "ObjectAlreadyExists", $"already exists: {what} \"{name}\"", "choose another name or use the one that exists");

    public static Refusal SiloInUse(string name, string what) => Refusal.Invalid(
        "SiloInUse", $"silo \"{name}\" cannot be deleted: it holds {what}", "delete them first");

    public static Refusal ProjectInUse(string name, int instances) => Refusal.Invalid(
        "ProjectInUse", $"project \"{name}\" cannot be deleted: it holds {instances} instances", "delete its instances first");

    public static Refusal ProjectMoved(string name) => Refusal.Conflict(
        "ProjectMoved", $"something was made in project \"{name}\" while it was to be deleted", "repeat the call");

    public static Refusal ProjectFull(string name, int max) => new(
        RefusalKind.InsufficientCapacity, "ProjectFull", $"project \"{name}\" holds {max} instances, the most that one project can",
        "delete instances or use another project");

    public static Refusal OverQuota(string owner, string what, long asked, long used, long max) => new(
        RefusalKind.InsufficientCapacity, "QuotaExceeded",
        $"{owner} may use {max} {what}, {used} are charged; {asked} more do not fit",
        "stop other instances, or ask an administrator to raise the quota");

    public static Refusal BadQuota(string what, long value) =>
        new(RefusalKind.InvalidValue, "QuotaInvalid", $"{value} is no quota of {what}: it is 0 or more");

    public static Refusal BadRole(string where, string role, string allowed) =>
        new(RefusalKind.InvalidValue, "RoleInvalid", $"\"{role}\" is no role on {where}; it is {allowed}, or none");

    public static Refusal TooManyTokens(string user, int max) => new(
        RefusalKind.InsufficientCapacity, "TokenLimitReached", $"user \"{user}\" has {max} tokens, the most possible", "revoke one that is not used");

    public static Refusal TooManyRoles(string user, int max) => new(
        RefusalKind.InsufficientCapacity, "RoleLimitReached", $"user \"{user}\" has roles on {max} projects, the most possible",
        "give the user a role on the silo instead");
}
