namespace OviFunctions.Embedded.Engine;

/// <summary>Which texts may be instance ids: what the Functions host accepts.</summary>
internal static class InstanceIds
{
    private const int MaxLength = 256;

    /// <exception cref="ArgumentException">It may not.</exception>
    public static void ThrowIfInvalid(string id)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        var reason = id.Length > MaxLength ? $"it has {id.Length} characters, at most {MaxLength} are allowed"
            : id[0] == '@' ? "'@' at its start is reserved for entities"
            : id.Any(c => c is '/' or '\\' or '#' or '?' || char.IsControl(c)) ? @"it contains one of / \ # ? or a control character"
            : null;
        if (reason is not null) throw new ArgumentException($"An instance id is not valid: {reason}.", nameof(id));
    }
}
