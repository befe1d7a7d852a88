using System.Globalization;
using Microsoft.DurableTask.Client;
using OviFunctions.Http.SignIn;
using OviFunctions.Secrets;
using OviFunctions.Storage;

namespace OviFunctions.Jobs;

/// <summary>Some of a buyer's jobs, and the cursor of those after them; null at the end.</summary>
public sealed record JobPage(IReadOnlyList<JobView> Jobs, string? NextCursor);

/// <summary>
/// A buyer's jobs, newest first by the time at which they were claimed. Claims outlive their orchestrations, so that purged jobs
/// are in it. Names of claims have no order in time: each page lists the names of all of the buyer's claims (5,000 a call) and
/// reads those of the page.
/// </summary>
public sealed class JobList(IRecordStore records, JobReader reader, KeyRing ring)
{
    private const int ReadsAtOnce = 8;

    /// <summary>The page behind a cursor, or the first one; null when the cursor was not made for this buyer.</summary>
    /// <param name="client">Reads the jobs that run.</param>
    /// <param name="buyer">Whose jobs.</param>
    /// <param name="limit">The most jobs; a page may have fewer and not be the last.</param>
    /// <param name="cursor">The <see cref="JobPage.NextCursor"/> of the page before.</param>
    /// <param name="cancellationToken">Ends the reads.</param>
    public async Task<JobPage?> ReadAsync(
        DurableTaskClient client, Buyer buyer, int limit, string? cursor, CancellationToken cancellationToken)
    {
        Position? after = null;
        if (cursor is not null && (after = ReadCursor(buyer, cursor)) is null) return null;

        var (page, more) = await FindAsync(buyer, limit, after, cancellationToken);
        var views = new JobView?[page.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, page.Count, options, async (i, token) => views[i] = await reader.ReadAsync(client, page[i].JobId, token));
        return new JobPage(
            [.. views.OfType<JobView>().Where(view => buyer.Owns(view.Input))],
            more ? WriteCursor(buyer, page[^1]) : null);
    }

    /// <summary>Remembers no more names than the page has, however many there are.</summary>
    private async Task<(IReadOnlyList<Position> Page, bool More)> FindAsync(
        Buyer buyer, int limit, Position? after, CancellationToken cancellationToken)
    {
        var nearest = new SortedSet<Position>();
        var more = false;
        await foreach (var (name, writtenAt) in records.ListAsync(RecordNames.Claim(buyer.JobPrefix), cancellationToken))
        {
            var position = new Position(writtenAt.UtcTicks, name[RecordNames.Claim("").Length..]);
            if (after is not null && position.CompareTo(after) <= 0) continue;
            nearest.Add(position);
            if (nearest.Count <= limit) continue;
            nearest.Remove(nearest.Max!);
            more = true;
        }

        return ([.. nearest], more);
    }

    private string WriteCursor(Buyer buyer, Position position)
    {
        var ticks = position.Ticks.ToString(CultureInfo.InvariantCulture);
        return $"{ring.CurrentKeyId}.{ticks}.{position.JobId}.{ring.Token(ring.CurrentKeyId, KeyPurpose.Cursor, buyer.Name, ticks, position.JobId)}";
    }

    private Position? ReadCursor(Buyer buyer, string cursor) =>
        cursor.Split('.') is [var keyId, var ticks, var jobId, var mac] && ring.Verify(mac, keyId, KeyPurpose.Cursor, buyer.Name, ticks, jobId)
            ? new Position(long.Parse(ticks, CultureInfo.InvariantCulture), jobId)
            : null;

    /// <summary>A claim's place in the list: later ones first.</summary>
    private sealed record Position(long Ticks, string JobId) : IComparable<Position>
    {
        public int CompareTo(Position? other) => other is null ? 1
            : Ticks != other.Ticks ? other.Ticks.CompareTo(Ticks)
            : string.CompareOrdinal(JobId, other.JobId);
    }
}
