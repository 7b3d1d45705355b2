using System.Runtime.CompilerServices;
using Gantry.Actors.Cluster;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Links;

[Trait("spec", "engine/5.7")]
public sealed class FrameCodecTests
{
    private const int LengthBytes = 4;

    [Fact]
    public void Every_frame_comes_back_as_it_was_and_its_bytes_are_those_of_every_release()
    {
        var lines = FrameSamples.All.Select(s => $"{s.Name} {Convert.ToHexStringLower(FrameCodec.Encode(s.Frame))}").ToList();
        if (Environment.GetEnvironmentVariable("GANTRY_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllLines(GoldenFile(), lines);
        }

        // Nodes of two releases speak with each other: members are added at the end of a kind only.
        string.Join('\n', lines).ShouldBe(File.ReadAllText(GoldenFile()).TrimEnd());
        foreach (var (name, frame) in FrameSamples.All)
        {
            var bytes = FrameCodec.Encode(frame);
            var read = FrameCodec.Decode(bytes.AsSpan(LengthBytes)).ShouldNotBeNull(name);

            read.GetType().ShouldBe(frame.GetType());
            FrameCodec.Encode(read).ShouldBe(bytes, name);
        }
    }

    [Fact]
    public void A_frame_with_members_of_a_later_release_is_read_and_a_later_kind_is_none()
    {
        var ready = FrameCodec.Encode(FrameSamples.All.Single(s => s.Name == "ready").Frame);

        FrameCodec.Decode([.. ready.AsSpan(LengthBytes), 1, 2, 3]).ShouldBe(FrameSamples.All.Single(s => s.Name == "ready").Frame);
        FrameCodec.Decode([200, 1, 2, 3]).ShouldBeNull();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(20250717)]
    public void Damaged_bytes_are_a_frame_or_a_frame_exception_and_never_anything_else(int seed)
    {
        var dice = new SeededRandomSource((ulong)seed);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = FrameCodec.Encode(FrameSamples.All[dice.Next(FrameSamples.All.Length)].Frame)[LengthBytes..];
            for (var n = dice.Next(4); n >= 0; n--)
            {
                bytes[dice.Next(bytes.Length)] = (byte)dice.Next(256);
            }

            bytes = bytes[..(1 + dice.Next(bytes.Length))];
            try
            {
                _ = FrameCodec.Decode(bytes);
            }
            catch (FrameException)
            {
                // Said so.
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}, round {i}: {Convert.ToHexString(bytes)}", e);
            }
        }
    }

    private static string GoldenFile([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "golden", "frames.txt"); // a file in a folder
}
