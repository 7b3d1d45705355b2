using Gantry.Actors;

namespace Gantry.Hosting;

/// <summary>Which address decides where a device's adapter holds its connections: that of the device's entity (engine 7.1).</summary>
internal static class DeviceAddress
{
    /// <summary>Of a device by its adapter's kind and key. A management gateway is known by where it listens, and has no entity of its own.</summary>
    public static EntityAddress Of(string kind, string key) =>
        new(kind, kind == "sp-gateway" ? new Uri(key).Authority : key);
}
