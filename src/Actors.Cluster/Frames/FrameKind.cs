namespace Gantry.Actors.Cluster;

/// <summary>The first byte of a frame. Numbers are on the wire: never reused. Below 16 they belong to the transport.</summary>
internal enum FrameKind : byte
{
    /// <summary>The first frame of the side that opened the stream: who it is, and whom it means.</summary>
    Hello = 1,

    /// <summary>The answer to it: how many asks may be out.</summary>
    Welcome = 2,

    /// <summary>The answer to a hello that is not wanted.</summary>
    Unwelcome = 3,

    /// <summary>Are you there?</summary>
    Ping = 4,

    /// <summary>I am.</summary>
    Pong = 5,

    /// <summary>So many more asks may be out.</summary>
    Credit = 6,

    /// <summary>See <see cref="Runtime.LinkFrame.Ask"/>.</summary>
    Ask = 16,

    /// <summary>See <see cref="Runtime.LinkFrame.Answer"/>.</summary>
    Answer = 17,

    /// <summary>See <see cref="Runtime.LinkFrame.Moved"/>.</summary>
    Moved = 18,

    /// <summary>See <see cref="Runtime.LinkFrame.Doorbell"/>.</summary>
    Doorbell = 19,

    /// <summary>See <see cref="Runtime.LinkFrame.Prepare"/>.</summary>
    Prepare = 20,

    /// <summary>See <see cref="Runtime.LinkFrame.Ready"/>.</summary>
    Ready = 21,

    /// <summary>See <see cref="Runtime.LinkFrame.Go"/>.</summary>
    Go = 22,

    /// <summary>See <see cref="Runtime.LinkFrame.Nudge"/>.</summary>
    Nudge = 23,

    /// <summary>See <see cref="Runtime.LinkFrame.Inquire"/>.</summary>
    Inquire = 24,

    /// <summary>See <see cref="Runtime.LinkFrame.Told"/>.</summary>
    Told = 25,
}
