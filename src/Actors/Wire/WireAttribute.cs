namespace Gantry.Actors;

/// <summary>
/// Gives a record its name on disk and wire. CLR names never reach either. Every command that can be mail, every event, state
/// and reply has one (engine 2.6).
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class WireAttribute(string tag) : Attribute
{
    /// <summary>Stable tag, for example <c>vmm.started</c>; unique in the whole product.</summary>
    public string Tag { get; } = tag;

    /// <summary>Version of the body's shape, from 1.</summary>
    public int Version { get; init; } = 1;
}

/// <summary>Turns a body of one version into the next one's.</summary>
public interface IUpcaster<TOld, TNew>
{
    /// <summary>Pure and total.</summary>
    static abstract TNew Upcast(TOld old);
}
