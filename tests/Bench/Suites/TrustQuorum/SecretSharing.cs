using Gantry.TrustQuorum.Protocol;

namespace Gantry.Bench;

/// <summary>Split and combine at N = 32, K = 17: at most 200 µs each, and no secret outside pinned memory.</summary>
internal static class SecretSharing
{
    private const int Members = 32;
    private const int Threshold = 17;
    private const double MicrosecondsAsked = 200;

    public static BenchResult Measure(TimeSpan duration)
    {
        using var secret = RackSecret.Draw(SystemSecretRandom.Instance);
        var split = Loop(duration, () => Forget(Shamir.Split(secret.Span, Members, Threshold, SystemSecretRandom.Instance).Shares));
        var shares = Shamir.Split(secret.Span, Members, Threshold, SystemSecretRandom.Instance).Shares!; // sizes that are allowed
        var combine = Loop(duration, () => Shamir.Combine(shares.AsSpan(0, Threshold)).Secret!.Dispose());
        var digest = Loop(duration / 4, () => shares[0].Digest());
        var (splitMore, combineMore) = SecretBytesOutside();
        return new BenchResult
        {
            Id = "TQ1",
            What = $"sharing 32 bytes among {Members}, threshold {Threshold}",
            Values = new Dictionary<string, double>
            {
                ["split_us"] = split.Microseconds,
                ["combine_us"] = combine.Microseconds,
                ["digest_us"] = digest.Microseconds,
                ["split_allocated_bytes"] = split.Allocated,
                ["combine_allocated_bytes"] = combine.Allocated,
                ["split_secret_bytes_unpinned"] = splitMore,
                ["combine_secret_bytes_unpinned"] = combineMore,
                ["split_pinned_bytes_made"] = split.Pinned,
                ["combine_pinned_bytes_made"] = combine.Pinned,
            },
            Targets =
            [
                new BenchTarget("200 us / split", MicrosecondsAsked / split.Microseconds, 1),
                new BenchTarget("200 us / combine", MicrosecondsAsked / combine.Microseconds, 1),

                // What is allocated besides are handles (36 and 32 bytes of fields per share); the bytes themselves come from the pool.
                new BenchTarget("secret bytes only in pinned memory", splitMore + combineMore == 0 && split.Pinned + combine.Pinned < 1 ? 1 : 0, 1),
            ],
        };
    }

    // Secrets of 1 and of 32 bytes need the same handles: what the longer one allocates more, outside the pinned pool, is secret material.
    private static (double Split, double Combine) SecretBytesOutside()
    {
        Span<byte> bytes = stackalloc byte[RackSecret.Size];
        SystemSecretRandom.Instance.Fill(bytes);

        // The pool's own lists grow while they warm up.
        AllocatedBy(bytes);
        AllocatedBy(bytes[..1]);
        var (splitLong, combineLong) = AllocatedBy(bytes);
        var (splitShort, combineShort) = AllocatedBy(bytes[..1]);
        return (splitLong - splitShort, combineLong - combineShort);
    }

    private static (double Split, double Combine) AllocatedBy(ReadOnlySpan<byte> secret)
    {
        const int Times = 1_000;
        for (var i = 0; i < Times; i++)
        {
            Forget(Shamir.Split(secret, Members, Threshold, SystemSecretRandom.Instance).Shares);
        }

        var shares = Shamir.Split(secret, Members, Threshold, SystemSecretRandom.Instance).Shares!; // sizes that are allowed
        Shamir.Combine(shares.AsSpan(0, Threshold)).Secret!.Dispose();
        var began = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Times; i++)
        {
            Forget(Shamir.Split(secret, Members, Threshold, SystemSecretRandom.Instance).Shares);
        }

        var between = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Times; i++)
        {
            Shamir.Combine(shares.AsSpan(0, Threshold)).Secret!.Dispose();
        }

        var ended = GC.GetAllocatedBytesForCurrentThread();
        Forget(shares);
        return ((between - began) / (double)Times, (ended - between) / (double)Times);
    }

    private static void Forget(KeyShare[]? shares)
    {
        foreach (var share in shares ?? [])
        {
            share.Dispose();
        }
    }

    private static (double Microseconds, double Allocated, double Pinned) Loop(TimeSpan duration, Action once)
    {
        for (var i = 0; i < 2_000; i++)
        {
            once();
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var pinned = PinnedHeapBytes();
        var began = TimeProvider.System.GetTimestamp();
        long rounds = 0;
        for (; TimeProvider.System.GetElapsedTime(began) < duration; rounds++)
        {
            once();
        }

        var microseconds = TimeProvider.System.GetElapsedTime(began).TotalMicroseconds / rounds;
        return (microseconds, (GC.GetAllocatedBytesForCurrentThread() - allocated) / (double)rounds, (PinnedHeapBytes() - pinned) / (double)rounds);
    }

    // What the pinned object heap holds once garbage is gone: a pool that leaked would grow it every round.
    private static long PinnedHeapBytes()
    {
        GC.Collect();
        return GC.GetGCMemoryInfo(GCKind.FullBlocking).GenerationInfo[4].SizeAfterBytes;
    }
}
