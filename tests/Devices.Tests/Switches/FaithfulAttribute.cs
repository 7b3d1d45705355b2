using Gantry.Switch.Simulator;

namespace Gantry.Tests;

/// <summary>The switches of this class of tests have the real daemon's ways; without it they are strict.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class FaithfulAttribute : Attribute
{
    public static SwitchMode ModeOf(Type tests) => tests.IsDefined(typeof(FaithfulAttribute), inherit: true) ? SwitchMode.Faithful : SwitchMode.Strict;
}
