using Microsoft.Extensions.Configuration;
using OviFunctions.Embedded.Hosting.Configuration;
using OviFunctions.Embedded.Store;
using OviFunctions.Embedded.Store.Sqlite;

namespace OviFunctions.Embedded.Hosting.Operator;

/// <summary>
/// The operator's command line for the engine's instances. What only reads opens the database read-only, beside a running host or
/// without one. What changes something takes the place of the host, which must be stopped: one process writes.
/// </summary>
public static class InstancesCommand
{
    public const string Name = "instances";

    private const string Help =
        """
        Looks at the engine's orchestration instances, and changes them.

        Read-only, also while the host runs:
          instances list [--status S]... [--prefix P] [--held] [--limit N]
                                              by id, at most N (100); S: Pending, Running, Suspended, Completed, Failed, Terminated;
                                              --held: those that are not run, because they wait for another
                                              release of the app or would do harm; show says why
          instances show ID [--payloads]      one, and what it waits for; with its input, output and custom status
          instances history ID [--payloads]   its turns since it last continued as new: < what happened, > what its code asked for
          instances backup FILE               copies the whole database, as it is now, to a new file

        Only while the host is stopped; takes effect when it starts:
          instances raise ID EVENT [JSON]     an external event, with data
          instances terminate ID [REASON] [--recursive]
          instances suspend ID
          instances resume ID                 also tries again what is held
          instances purge ID... [--recursive]
                                              deletes finished ones

        --recursive: sub-orchestrations too. The database is that of the host's settings; --EmbeddedHost:DatabasePath=FILE is another.
        Exit codes: 0 done, 1 not done, 2 wrong command line.
        """;

    /// <summary>Runs a command line without its first word, which is <see cref="Name"/>.</summary>
    /// <param name="words">The verb and what follows.</param>
    /// <param name="configuration">The host's settings, which say where the database is.</param>
    /// <param name="contentRoot">The folder that the database's path is relative to.</param>
    /// <param name="output">For what was asked for.</param>
    /// <param name="error">For why there is none.</param>
    /// <param name="time">The clock for what is changed.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> words, IConfiguration configuration, string contentRoot, TextWriter output, TextWriter error, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(error);
        if (words is [] or ["help" or "--help", ..])
        {
            await output.WriteLineAsync(Help);
            return 0;
        }

        try
        {
            await RunAsync(words[0], [.. words.Skip(1)], () => FindDatabase(configuration, contentRoot), output, time);
            return 0;
        }
        catch (UsageException e)
        {
            await error.WriteLineAsync($"{e.Message} See: {Name} help");
            return 2;
        }
        catch (Exception e) when (e is CommandFailedException or InstanceStoreException)
        {
            await error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    private static async Task RunAsync(string verb, IReadOnlyList<string> words, Func<string> database, TextWriter output, TimeProvider time)
    {
        switch (verb)
        {
            case "list":
                var filter = Read(words, 0, 0, ["--held"], ["--status", "--prefix", "--limit"]);
                using (var view = Open()) await view.ListAsync(filter);
                break;
            case "show":
                var shown = Read(words, 1, 1, ["--payloads"]);
                using (var view = Open()) await view.ShowAsync(shown.Alone[0], shown.Has("--payloads"));
                break;
            case "history":
                var told = Read(words, 1, 1, ["--payloads"]);
                using (var view = Open()) await view.HistoryAsync(told.Alone[0], told.Has("--payloads"));
                break;
            case "backup":
                var copied = Read(words, 1, 1);
                await InstanceBackup.WriteAsync(database(), copied.Alone[0], output);
                break;
            case "raise":
                var raised = Read(words, 2, 3);
                await ChangeAsync(change => change.RaiseAsync(raised.Alone[0], raised.Alone[1], raised.Alone.ElementAtOrDefault(2)));
                break;
            case "terminate":
                var ended = Read(words, 1, 2, ["--recursive"]);
                await ChangeAsync(change => change.TerminateAsync(ended.Alone[0], ended.Alone.ElementAtOrDefault(1), ended.Has("--recursive")));
                break;
            case "suspend":
                var held = Read(words, 1, 1);
                await ChangeAsync(change => change.SuspendAsync(held.Alone[0]));
                break;
            case "resume":
                var resumed = Read(words, 1, 1);
                await ChangeAsync(change => change.ResumeAsync(resumed.Alone[0]));
                break;
            case "purge":
                var purged = Read(words, 1, int.MaxValue, ["--recursive"]);
                await ChangeAsync(change => change.PurgeAsync(purged.Alone, purged.Has("--recursive")));
                break;
            default:
                throw new UsageException($"'{verb}' is not a command for instances.");
        }

        InstanceView Open() => new(DatabaseFile.OpenViewer(database()), output);

        async Task ChangeAsync(Func<InstanceChange, Task> change)
        {
            await using var store = new SqliteStore(database());
            await store.OpenAsync(CancellationToken.None);
            await change(new InstanceChange(store, time, output));
        }
    }

    private static CommandWords Read(
        IReadOnlyList<string> words, int least, int most, IReadOnlyCollection<string>? flags = null, IReadOnlyCollection<string>? valued = null)
    {
        var read = CommandWords.Read(words, flags ?? [], valued ?? []);
        if (read.Alone.Count < least) throw new UsageException("Something is missing.");
        if (read.Alone.Count > most) throw new UsageException($"'{read.Alone[most]}' is too much.");
        return read;
    }

    private static string FindDatabase(IConfiguration configuration, string contentRoot)
    {
        var host = HostSettings.Read(configuration);
        if (host.Problems.Count > 0) throw new CommandFailedException(string.Join(Environment.NewLine, host.Problems));
        var options = configuration.GetSection(EmbeddedHostOptions.Section).Get<EmbeddedHostOptions>() ?? new();
        return DatabaseLocation.Choose(options, host, contentRoot).Path switch
        {
            null => throw new CommandFailedException("The host keeps its instances in memory: there is no database."),
            var path when !File.Exists(path) => throw new CommandFailedException($"There is no database '{path}': no host has run with these settings."),
            var path => path,
        };
    }
}
