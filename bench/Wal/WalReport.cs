namespace OviFunctions.Bench.Wal;

/// <summary>What a run has shown.</summary>
/// <param name="Took">How long there was load.</param>
/// <param name="Instances">How many were started and finished.</param>
/// <param name="Commits">Physical commits.</param>
/// <param name="Pages">Pages that the slow client read.</param>
/// <param name="Lists">How often another process listed all instances.</param>
/// <param name="BackupBytes">The backup's length.</param>
/// <param name="BackupTime">From the backup's request to the end of its process.</param>
/// <param name="LongestLog">In bytes, while there was no backup.</param>
/// <param name="LongestLogOfBackup">In bytes, while there was one.</param>
/// <param name="Problems">Empty: all is well.</param>
internal sealed record WalReport(
    TimeSpan Took,
    long Instances,
    long Commits,
    long Pages,
    int Lists,
    long BackupBytes,
    TimeSpan BackupTime,
    long LongestLog,
    long LongestLogOfBackup,
    IReadOnlyList<string> Problems);
