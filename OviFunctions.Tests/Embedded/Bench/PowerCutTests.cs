using System.Diagnostics;
using System.Text;
using OviFunctions.Bench.Chaos;
using OviFunctions.Bench.Power;
using OviFunctions.Embedded.Store;
using OviFunctions.Embedded.Store.Sqlite;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Embedded.Bench;

/// <summary>
/// What a power cut leaves: the process's own system calls are recorded, and its files are built again as they were at a moment when
/// what was not synced is gone, or each write of it with a chance of one half. A kill would show nothing: the page cache survives it.
/// </summary>
public sealed class PowerCutTests : IDisposable
{
    private const int Cuts = 200;
    private const string ManyCheckpoints = "PRAGMA wal_autocheckpoint = 50;";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ovi-power-");

    public void Dispose() => _folder.Delete(recursive: true);

    [FactWithStrace]
    public async Task PowerCut_AtTwoHundredMoments_EverythingAcknowledgedIsThere()
    {
        var calls = await RecordAsync(ManyCheckpoints);

        Assert.Empty(Losses(calls));
        Assert.Empty(Hasty(calls));
    }

    [FactWithStrace]
    public async Task PowerCut_SynchronousIsNormal_AcknowledgedWorkIsLost()
    {
        var calls = await RecordAsync(ManyCheckpoints + "PRAGMA synchronous = NORMAL;");

        Assert.NotEmpty(Losses(calls));
        Assert.NotEmpty(Hasty(calls));
    }

    /// <summary>A sync that fails may have dropped what it was to write, and the next one then says nothing of it.</summary>
    [FactWithStrace]
    public async Task PowerCut_SyncsFailNowAndThen_EverythingAcknowledgedIsThere()
    {
        var calls = await RecordAsync(ManyCheckpoints, "-e", "inject=fsync,fdatasync:error=EIO:when=30+5");

        Assert.True(calls.OfType<SystemCall.FailedSync>().Count() > 10);
        Assert.Empty(Losses(calls));
    }

    private async Task<SystemCall[]> RecordAsync(string pragma, params string[] options)
    {
        var trace = Path.Combine(_folder.FullName, "trace");
        var info = new ProcessStartInfo("strace",
        [
            "-f", "-y", "--seccomp-bpf", "-s", "100000", "-e", "trace=lseek,write,pwrite64,ftruncate,fsync,fdatasync", "-o", trace, .. options,
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", typeof(PowerHost).Assembly.Location,
            "power-host", Path.Combine(_folder.FullName, "traced.db"), pragma,
        ])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(info)!;
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return [.. SystemCall.Read(File.ReadLines(trace, Encoding.Latin1))];
    }

    /// <summary>What was acknowledged before a cut and is not there after it.</summary>
    private List<string> Losses(SystemCall[] calls)
    {
        var dice = new Xorshift(1);
        var acknowledgements = Enumerable.Range(0, calls.Length).Where(at => Acknowledged(calls[at]) is not null).ToArray();
        Assert.True(acknowledgements.Length > Cuts, $"Only {acknowledgements.Length} acknowledgements were recorded.");

        // Half of the cuts are right at an acknowledgement, with nothing kept that was not synced: the least that it may rely on.
        var cuts = Enumerable.Range(0, Cuts).Select(n => n % 2 == 0
            ? (At: acknowledgements[dice.Next(acknowledgements.Length)], KeepsSome: false)
            : (At: acknowledgements[0] + dice.Next(calls.Length - acknowledgements[0]), KeepsSome: true)).ToLookup(cut => cut.At);
        var (database, log) = (new FileAfterPowerCut(), new FileAfterPowerCut());
        var (acknowledged, losses) = (new HashSet<string>(StringComparer.Ordinal), new List<string>());
        for (var at = 0; at < calls.Length; at++)
        {
            if (calls[at].File.EndsWith("/traced.db", StringComparison.Ordinal)) database.Apply(calls[at]);
            else if (IsOfLog(calls[at])) log.Apply(calls[at]);
            else if (Acknowledged(calls[at]) is { } what) acknowledged.Add(what);
            foreach (var (_, keepsSome) in cuts[at])
            {
                Predicate<SystemCall> survives = _ => keepsSome && dice.Next(2) == 0;
                var path = Path.Combine(_folder.FullName, "cut.db");
                File.WriteAllBytes(path, database.Content(survives));
                File.WriteAllBytes(path + "-wal", log.Content(survives));
                losses.AddRange(acknowledged.Except(Read(path)).Select(what => $"{what} is lost by a cut at call {at}."));
            }
        }

        return losses;
    }

    /// <summary>What was acknowledged before the log was synced to which its commit had been written.</summary>
    private static List<string> Hasty(SystemCall[] calls)
    {
        var hasty = new List<string>();
        for (var at = 0; at < calls.Length; at++)
        {
            if (Acknowledged(calls[at]) is not { } what) continue;
            var committed = Array.FindIndex(calls, 0, at, c => IsOfLog(c) && c is SystemCall.Write w && w.Data.AsSpan().IndexOf(Encoding.UTF8.GetBytes(what)) >= 0);
            Assert.True(committed >= 0, $"{what} was acknowledged and is not in the log.");
            if (!calls[committed..at].Any(c => IsOfLog(c) && c is SystemCall.Sync)) hasty.Add(what);
        }

        return hasty;
    }

    private static bool IsOfLog(SystemCall call) => call.File.EndsWith("/traced.db-wal", StringComparison.Ordinal);

    private static string? Acknowledged(SystemCall call) =>
        call is SystemCall.Write { Data: var data } && Wire.Read(Encoding.UTF8.GetString(data).TrimEnd('\n')) is [Wire.Answer, var what] ? what : null;

    private static HashSet<string> Read(string path)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        using var db = DatabaseFile.OpenWriter(path);
        db.KeepLogOnClose(true);
        using var row = db.Query("SELECT id FROM instance UNION ALL SELECT data FROM payload JOIN inbox ON inbox.payload = payload.id");
        while (row.Step()) found.Add(row.Text(0));
        return found;
    }

    /// <summary>A file of which is certain only what was synced. What a failed sync was to write is gone for good, unless it is written again.</summary>
    private sealed class FileAfterPowerCut
    {
        private readonly List<SystemCall> _unsynced = [];
        private byte[] _synced = [];

        public void Apply(SystemCall call)
        {
            _unsynced.Add(call);
            if (call is not (SystemCall.Sync or SystemCall.FailedSync)) return;
            if (call is SystemCall.Sync) _synced = Content(_ => true);
            _unsynced.Clear();
        }

        public byte[] Content(Predicate<SystemCall> survives)
        {
            using var content = new MemoryStream();
            content.Write(_synced);
            foreach (var call in _unsynced.Where(call => survives(call)))
            {
                if (call is SystemCall.Truncate truncate) content.SetLength(truncate.Length);
                if (call is not SystemCall.Write write) continue;
                content.Position = write.Offset;
                content.Write(write.Data);
            }

            return content.ToArray();
        }
    }
}
