using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Gantry.Primitives;

namespace Gantry.Sled.Simulator;

/// <summary>Reads the flags of the stand-alone simulator.</summary>
internal static class CommandLine
{
    public const string Usage =
        "usage: [--port N] [--sleds N] [--sled-id UUID] [--serial TEXT] [--slot N] [--control-plane URL,…] [--mode auto|explicit]\n"
        + "       [--auto-delay-ms N] [--gateway-port N] [--control-port N] [--seed N]\n"
        + "       [--quorum-port N] [--quorum-peers HOST:PORT,...] [--quorum-folder PATH]\n"
        + "       [--clock real|virtual]\n"
        + "With --sleds N, ports, slots and serials count up from those given. Without --sled-id the id follows from serial or slot.";

    private static readonly string[] Flags =
    [
        "--port", "--sleds", "--sled-id", "--serial", "--slot", "--control-plane", "--mode", "--auto-delay-ms", "--gateway-port",
        "--control-port", "--seed", "--quorum-port", "--quorum-peers", "--quorum-folder", "--clock",
    ];

    private static readonly string[] Numbers = ["--port", "--sleds", "--slot", "--auto-delay-ms", "--gateway-port", "--control-port", "--seed",
        "--quorum-port"];

    /// <summary>Null when the flags can be read.</summary>
    public static string? WhyNot(string[] args)
    {
        for (var i = 0; i < args.Length; i += 2)
        {
            if (!Flags.Contains(args[i]))
            {
                return $"unknown flag {args[i]}";
            }

            if (i + 1 == args.Length)
            {
                return $"{args[i]} needs a value";
            }

            if (WhyNotValue(args[i], args[i + 1]) is { } why)
            {
                return why;
            }
        }

        return null;
    }

    /// <summary>The clock of checked flags; a virtual one is moved by <c>POST /control/clock</c>.</summary>
    public static TimeProvider Clock(string[] args) => Text(args, "--clock") == "virtual"
        ? new VirtualClock(TimeProvider.System.GetUtcNow(), flows: false)
        : TimeProvider.System;

    /// <summary>Options of checked flags.</summary>
    public static SledSimulatorOptions Read(string[] args)
    {
        var port = Number(args, "--port", 0);
        var slot = Number(args, "--slot", 0);
        var count = Number(args, "--sleds", 1);
        return new SledSimulatorOptions
        {
            Sleds = [.. Enumerable.Range(0, count).Select(i => Sled(args, i, port == 0 ? 0 : port + i, slot + i, count))],
            Switches = [new SimulatedSwitchOptions(0, "sim-switch-0"), new SimulatedSwitchOptions(1, "sim-switch-1")],
            ControlPlanes = [.. (Text(args, "--control-plane") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(u => new Uri(u.TrimEnd('/') + "/"))],
            Mode = Text(args, "--mode") ?? SledModes.Auto,
            AutoDelay = TimeSpan.FromMilliseconds(Number(args, "--auto-delay-ms", 1_500)),
            GatewayPort = Number(args, "--gateway-port", 0),
            ControlPort = Number(args, "--control-port", 0),
            Seed = (ulong)Number(args, "--seed", 1),
            QuorumFolder = Text(args, "--quorum-folder"),
            QuorumPeers = [.. (Text(args, "--quorum-peers") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(IPEndPoint.Parse)],
        };
    }

    private static SimulatedSledOptions Sled(string[] args, int index, int port, int slot, int count)
    {
        var given = Text(args, "--serial");
        var serial = given is null || count == 1 ? given : string.Create(CultureInfo.InvariantCulture, $"{given}-{index}");

        // Hardware keeps its id over restarts: the control plane takes a board under one id only.
        var id = Text(args, "--sled-id") is { } text && index == 0
            ? Guid.Parse(text)
            : GuidForm.FromText($"simulated sled {serial ?? slot.ToString(CultureInfo.InvariantCulture)}");
        return new SimulatedSledOptions
        {
            Id = id,
            Slot = slot,
            Serial = serial,
            Port = port,
            QuorumPort = Text(args, "--quorum-port") is null ? null : Number(args, "--quorum-port", 0) is 0 ? 0 : Number(args, "--quorum-port", 0) + index,
        };
    }

    private static string? WhyNotValue(string flag, string value)
    {
        if (Numbers.Contains(flag) && !int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            return $"{flag} takes a number, not \"{value}\"";
        }

        return flag switch
        {
            "--sleds" when value is "0" || int.Parse(value, CultureInfo.InvariantCulture) > 32 => "--sleds takes 1 to 32",
            "--mode" when value is not (SledModes.Auto or SledModes.Explicit) => $"--mode takes auto or explicit, not \"{value}\"",
            "--clock" when value is not ("real" or "virtual") => $"--clock takes real or virtual, not \"{value}\"",
            "--sled-id" when !Guid.TryParse(value, out _) => $"--sled-id takes a UUID, not \"{value}\"",
            "--control-plane" when value.Split(',').Any(u => !Uri.TryCreate(u, UriKind.Absolute, out _)) => $"--control-plane takes URLs with commas between them, not \"{value}\"",
            "--quorum-peers" when value.Split(',').FirstOrDefault(p => !IPEndPoint.TryParse(p, out _)) is { } bad =>
                $"--quorum-peers takes addresses with ports, not \"{bad}\"",
            _ => null,
        };
    }

    private static string? Text(string[] args, string flag)
    {
        var at = Array.LastIndexOf(args, flag);
        return at < 0 ? null : args[at + 1];
    }

    private static int Number(string[] args, string flag, int otherwise) =>
        Text(args, flag) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
