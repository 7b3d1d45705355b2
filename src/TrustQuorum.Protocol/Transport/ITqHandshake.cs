using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>
/// Finds out who is at the other end. On a real sled this is the mutually attested, encrypted session that the whole protocol relies on (tq 1):
/// its host implements it. It may replace the stream.
/// </summary>
public interface ITqHandshake
{
    /// <summary>The stream to go on with and the peer.</summary>
    /// <exception cref="TqWireException">The peer is not acceptable.</exception>
    Task<TqSession> RunAsync(Stream stream, string ownPlatformId, CancellationToken ct);
}

/// <summary>An identified stream.</summary>
/// <param name="Stream">Frames go over it.</param>
/// <param name="Peer">Who is there.</param>
public sealed record TqSession(Stream Stream, BaseboardId Peer);

/// <summary>Each side says its platform id and is believed: for simulated sleds on loopback only.</summary>
public sealed class UnattestedHandshake : ITqHandshake
{
    /// <summary>The one instance; it holds no state.</summary>
    public static readonly UnattestedHandshake Instance = new();

    /// <inheritdoc/>
    public async Task<TqSession> RunAsync(Stream stream, string ownPlatformId, CancellationToken ct)
    {
        using (var hello = TqFrames.Encode(new TqFrame.Hello(ownPlatformId)))
        {
            await stream.WriteAsync(hello.WrittenMemory, ct).ConfigureAwait(false);
        }

        using var reader = new TqFrameReader(stream);
        return await reader.ReadAsync(ct).ConfigureAwait(false) is TqFrame.Hello said && TqPlatformId.TryParse(said.PlatformId, out var peer)
            ? new TqSession(stream, peer)
            : throw new TqWireException("the peer did not say who it is");
    }
}
