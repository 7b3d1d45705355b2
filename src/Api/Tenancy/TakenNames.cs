using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Api;

/// <summary>A lost claim on a name, told in the words of the user.</summary>
internal static class TakenNames
{
    public static Outcome<T> NamedBy<T>(this Outcome<T> outcome, string what, string name) where T : class =>
        outcome is Outcome<T>.Refused { Why.Code: "ClaimTaken" }
            ? new Outcome<T>.Refused(new Refusal(
                RefusalKind.AlreadyExists, "ObjectAlreadyExists", $"already exists: {what} \"{name}\"", "choose another name or use the one that exists"))
            : outcome;
}
