namespace OviFunctions.Bench;

/// <summary>Reproducible pseudo-random numbers: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).</summary>
internal sealed class Dice(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A number from <paramref name="least"/> to <paramref name="most"/>, both included.</summary>
    public int Roll(int least, int most)
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return least + (int)((z ^ (z >> 31)) % (ulong)(most - least + 1));
    }
}
