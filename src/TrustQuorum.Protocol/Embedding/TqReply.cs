namespace Gantry.TrustQuorum.Protocol;

/// <summary>Answer of a host call: a value or an error.</summary>
/// <typeparam name="T">The value's type.</typeparam>
/// <param name="Value">The value; default with an error.</param>
/// <param name="Error">Why not; null when all went well.</param>
public readonly record struct TqReply<T>(T? Value, TqError? Error);
