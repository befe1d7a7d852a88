using System.Net;
using OviFunctions.Bench.Stop;
using OviFunctions.Embedded.Store.Sqlite;
using OviFunctions.Tests.Embedded.Bench;
using OviFunctions.Tests.Embedded.Engine;
using OviFunctions.Tests.Embedded.Hosting.Support;

namespace OviFunctions.Tests.Embedded.Hosting;

/// <summary>A host's process that is told to end (SIGTERM), as by systemd or docker stop, or that is not the only one.</summary>
public sealed class TerminationTests : IDisposable
{
    private const string Later = "later";

    private readonly TestFolder _folder = new TestFolder().Write("host.json", """{ "version": "2.0" }""");

    private string Database => _folder[StopHost.Database];

    private bool IsLogEmpty => !File.Exists(Database + "-wal") || new FileInfo(Database + "-wal").Length == 0;

    public void Dispose() => _folder.Dispose();

    /// <summary>Of two signals, the second while the first has its effect.</summary>
    [Fact]
    public async Task SigTerm_WorkIsUnderWay_EndsInGoodOrderAndTheNextStartFinishesIt()
    {
        string[] jobs = ["Listening", "Stubborn", "Waiting"];
        await using (var host = HostProgram.Begin(_folder, StopHost.First))
        {
            using var client = await host.ClientAsync();
            foreach (var job in jobs) (await client.PostAsync($"api/jobs/{job}", null)).EnsureSuccessStatusCode();
            await host.SaysAsync("Listen runs");
            await host.SaysAsync("Ignore runs");
            using var underWay = await client.GetAsync("api/slow", HttpCompletionOption.ResponseHeadersRead);

            await host.TerminateAsync();
            await EngineHost.UntilAsync(() => IsRefusedAsync(client));
            await host.TerminateAsync();
            Assert.DoesNotContain("Listen is cancelled", host.Output, StringComparison.Ordinal);
            _folder.Write(StopFunctions.Release, "");

            Assert.Equal("begun and ended", await underWay.Content.ReadAsStringAsync());
            Assert.Equal(0, await host.EndAsync());
            Assert.Contains("Listen is cancelled", host.Output, StringComparison.Ordinal);
            Assert.Contains("run again at the next start", host.Output, StringComparison.Ordinal);
            Assert.Contains("The orchestration engine has stopped", host.Output, StringComparison.Ordinal);
            Assert.True(IsLogEmpty, "The log was not moved into the database.");
        }

        await using var next = HostProgram.Begin(_folder, Later);
        using var nextClient = await next.ClientAsync();
        foreach (var job in jobs) Assert.Equal("Completed", await nextClient.GetStringAsync($"api/jobs/{job}"));
        Assert.Contains("Listen runs", next.Output, StringComparison.Ordinal);
        Assert.Contains("Ignore runs", next.Output, StringComparison.Ordinal);
    }

    /// <param name="sign">The file that shows how far the start has come: the database is locked, or it is open.</param>
    [Theory]
    [InlineData(".lock")]
    [InlineData("-shm")]
    public async Task SigTerm_WhileTheEngineStarts_EndsInGoodOrder(string sign)
    {
        const int instances = 50_000;
        using (var db = DatabaseFile.OpenWriter(Database))
        {
            db.Execute(
                $"""
                WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < {instances})
                INSERT INTO instance (id, name, status, created_at, updated_at, start_at)
                SELECT 'i' || i, 'Waiting', 6, 1, 1, {DateTime.MaxValue.Ticks} FROM n;
                """);
        }

        await using var host = HostProgram.Begin(_folder, Later);
        await EngineHost.UntilAsync(() => Task.FromResult(File.Exists(Database + sign)));
        await host.TerminateAsync();

        Assert.True(await host.EndAsync() == 0, host.Output);
        Assert.DoesNotContain("rror", host.Output, StringComparison.Ordinal);
        Assert.True(IsLogEmpty, "The log was not moved into the database.");
        using var left = DatabaseFile.OpenWriter(Database);
        Assert.Equal(instances, left.ReadInt64("SELECT count(*) FROM instance"));
    }

    [FactWithStrace]
    public async Task SigTerm_DiskIsFull_EndsInGoodOrderAndTheNextStartFinishesTheWork()
    {
        await using (var host = HostProgram.Begin(_folder, StopHost.First))
        {
            using var client = await host.ClientAsync();
            (await client.PostAsync("api/jobs/Listening", null)).EnsureSuccessStatusCode();
            await host.SaysAsync("Listen runs");
            await using (await InjectedError.BeginAsync(host.Id, "write,pwrite64", "ENOSPC", Database, Database + "-wal"))
            {
                Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.PostAsync("api/jobs/Waiting", null)).StatusCode);
                await host.TerminateAsync();
                Assert.Equal(0, await host.EndAsync());
            }
        }

        await using var next = HostProgram.Begin(_folder, Later);
        using var nextClient = await next.ClientAsync();
        Assert.Equal("Completed", await nextClient.GetStringAsync("api/jobs/Listening"));
    }

    [Fact]
    public async Task Start_SecondProcess_IsRefusedByNameUntilTheFirstIsKilled()
    {
        await using var first = HostProgram.Begin(_folder, StopHost.First);
        using var client = await first.ClientAsync();

        await using var second = HostProgram.Begin(_folder, Later);

        Assert.Equal(1, await second.EndAsync());
        Assert.Contains($"'{Database}' cannot be locked. Only one process may use it", second.Output, StringComparison.Ordinal);
        (await client.PostAsync("api/jobs/Listening", null)).EnsureSuccessStatusCode();
        await first.SaysAsync("Listen runs");
        await first.KillAsync();
        await using var third = HostProgram.Begin(_folder, Later);
        using var thirdClient = await third.ClientAsync();
        Assert.Equal("Completed", await thirdClient.GetStringAsync("api/jobs/Listening"));
    }

    /// <summary>By a 503, or by the operating system when the port is closed.</summary>
    private static async Task<bool> IsRefusedAsync(HttpClient client)
    {
        try
        {
            using var answer = await client.PostAsync("api/jobs/Waiting-2", null);
            return answer.StatusCode == HttpStatusCode.ServiceUnavailable;
        }
        catch (HttpRequestException)
        {
            return true;
        }
    }
}
