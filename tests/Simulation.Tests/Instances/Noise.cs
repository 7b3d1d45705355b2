using Gantry.Instances;
using Gantry.Sled.Simulator;

namespace Gantry.Simulation.Tests.Instances;

/// <summary>What users, guests, sleds and the node do while it is noisy.</summary>
internal static class Noise
{
    public static void Make(VmmWorld world)
    {
        var dice = world.Dice;
        var instance = world.Instances.ElementAt(dice.Next(world.Instances.Count()));
        var sled = world.Sleds[dice.Next(world.Sleds.Length)];
        switch (dice.Next(20))
        {
            case < 6 when world.IsUp:
                world.Start(instance);
                break;
            case < 9 when world.IsUp:
                world.Transit(instance, new WantStopped(), "stopped");
                break;
            case < 11 when world.IsUp:
                world.Transit(instance, new WantReboot(), "reboot");
                break;
            case < 14 when world.IsUp:
                world.Migrate(instance, sled);
                break;
            case 14:
                sled.Happen(v => VmmMachine.GuestShutdown(v));
                break;
            case 15:
                sled.Happen(v => VmmMachine.End(v, "failed", world.Clock));
                break;
            case 16:
                sled.Restart();
                break;
            case 17:
                sled.BeAway(isOff: dice.Next(3) == 0);
                break;
            case 18 when world.IsUp:
                world.Crash();
                break;
            default:
                break;
        }
    }
}
