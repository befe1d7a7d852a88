namespace OviFunctions.Tests.Support;

/// <summary>Reproducible pseudo-random numbers for tests that mutate data (Marsaglia's xorshift64).</summary>
public sealed class Xorshift(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The next number, at least 0 and less than the limit.</summary>
    public int Next(int limit)
    {
        _state ^= _state << 13;
        _state ^= _state >> 7;
        _state ^= _state << 17;
        return (int)(_state % (ulong)limit);
    }

    /// <summary>A copy with one to eight bytes changed, and sometimes with a part missing, twice there, or cut off.</summary>
    public byte[] Mutate(byte[] original)
    {
        var copy = original.ToList();
        for (var changes = 1 + Next(8); changes > 0; changes--)
            copy[Next(copy.Count)] = Next(3) == 0 ? (byte)(Next(2) * 255) : (byte)Next(256);
        var start = Next(copy.Count);
        var length = Next(copy.Count - start);
        switch (Next(8))
        {
            case 0: copy.RemoveRange(start, length); break;
            case 1: copy.InsertRange(start, copy.GetRange(start, length)); break;
            case 2: copy.RemoveRange(start, copy.Count - start); break;
        }

        return [.. copy];
    }
}
