namespace OviFunctions.Storage;

/// <summary>How a change of a record ended.</summary>
internal enum ChangeEnd
{
    /// <summary>This call wrote it.</summary>
    Written,

    /// <summary>It was left as it stands.</summary>
    Left,

    /// <summary>Others wrote first in every round; this call wrote nothing.</summary>
    Crowded,
}

/// <summary>Changes of records that several machines make at once.</summary>
internal static class RecordChange
{
    /// <summary>Reads a record, changes it and writes it back if nobody else did since; begins again when somebody did.</summary>
    /// <param name="records">Where the record is.</param>
    /// <param name="name">Its name.</param>
    /// <param name="empty">What it says when it was never written.</param>
    /// <param name="rounds">How often it is tried.</param>
    /// <param name="change">The new record from the one that stands; null to leave it. It may be called several times.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The record that was written, or that was read last.</returns>
    public static async Task<(T Value, ChangeEnd End)> ChangeAsync<T>(
        this IRecordStore records, string name, T empty, int rounds, Func<T, Task<T?>> change, CancellationToken cancellationToken) where T : class
    {
        var standing = empty;
        for (var round = 0; round < rounds; round++)
        {
            var stored = await records.ReadAsync<T>(name, cancellationToken);
            standing = stored?.Value ?? empty;
            if (await change(standing) is not { } changed) return (standing, ChangeEnd.Left);
            var written = stored is null
                ? await records.TryCreateAsync(name, changed, cancellationToken)
                : await records.TryReplaceAsync(name, changed, stored.Version, cancellationToken);
            if (written) return (changed, ChangeEnd.Written);
        }

        return (standing, ChangeEnd.Crowded);
    }
}
