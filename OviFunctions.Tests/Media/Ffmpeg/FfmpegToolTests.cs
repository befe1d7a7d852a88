using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Media;
using OviFunctions.Media.Ffmpeg;
using OviFunctions.Tests.Embedded.Hosting.Support;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Media.Ffmpeg;

/// <summary>What a process that reads strangers' files can do, and for how long.</summary>
public sealed class FfmpegToolTests : IDisposable
{
    private const string Secret = "TOP-SECRET-CONTENT";

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [FactWith("sh")]
    public async Task Run_HangingProcess_IsKilledWithItsChildrenInTime()
    {
        using var tool = Script("""sleep 60 & echo $! > child; wait""", ("Media:TimeoutSeconds", "1"));
        var started = TimeProvider.System.GetTimestamp();

        var result = await tool.RunAsync(_folder.Path, [], Timeout.InfiniteTimeSpan, default);

        Assert.Equal(FfmpegEnd.TimedOut, result.End);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0.9, 20);
        await AssertGoneAsync(int.Parse(File.ReadAllText(_folder["child"]), System.Globalization.CultureInfo.InvariantCulture));
    }

    [FactWith("sh")]
    public async Task Run_Cancelled_IsKilledAtOnce()
    {
        using var tool = Script("""echo $$ > pid; exec sleep 60""");
        using var stop = new CancellationTokenSource();
        var run = tool.RunAsync(_folder.Path, [], Timeout.InfiniteTimeSpan, stop.Token);
        while (!File.Exists(_folder["pid"]) || File.ReadAllText(_folder["pid"]).Length == 0) await Task.Yield();

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        await AssertGoneAsync(int.Parse(File.ReadAllText(_folder["pid"]), System.Globalization.CultureInfo.InvariantCulture));
    }

    [FactWith("sh")]
    public async Task Run_Process_SeesNothingOfOurEnvironmentAndNoInput()
    {
        Environment.SetEnvironmentVariable("OVI_TEST_SECRET", Secret);
        try
        {
            using var tool = Script("""/usr/bin/env > seen; cat >> seen; exit 3""");

            Assert.Equal(FfmpegEnd.Failed, (await tool.RunAsync(_folder.Path, [], Timeout.InfiniteTimeSpan, default)).End);

            var seen = await File.ReadAllTextAsync(_folder["seen"]);
            Assert.Contains("LC_ALL=C", seen, StringComparison.Ordinal);
            Assert.DoesNotContain(Secret, seen, StringComparison.Ordinal);
            Assert.DoesNotContain("HOME=", seen, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable("OVI_TEST_SECRET", null);
        }
    }

    [FactWith("sh")]
    public async Task Run_EndlessComplaints_AreCut()
    {
        using var tool = Script("""i=0; while [ $i -lt 20000 ]; do echo "line $i is wrong" >&2; i=$((i+1)); done; exit 1""");

        var result = await tool.RunAsync(_folder.Path, [], Timeout.InfiniteTimeSpan, default);

        Assert.Equal(FfmpegEnd.Failed, result.End);
        Assert.StartsWith("line 0 is wrong", result.Error, StringComparison.Ordinal);
        Assert.InRange(result.Error.Length, 1, 2000);
    }

    [FactWith("prlimit")]
    public async Task Run_OnLinux_KernelHoldsMemoryTimeAndFileSize()
    {
        using var tool = Script("""ulimit -v > limits; ulimit -t >> limits; ulimit -f >> limits; ulimit -n >> limits""",
            ("Media:MaxMemoryMegabytes", "800"), ("Media:TimeoutSeconds", "7"), ("Media:Threads", "3"), ("Jobs:MaxVideoMegabytes", "10"));

        await tool.RunAsync(_folder.Path, [], Timeout.InfiniteTimeSpan, default);

        Assert.True(tool.LimitsMemory);
        Assert.Equal(["819200", "21", "20480", "64"], await File.ReadAllLinesAsync(_folder["limits"]));
    }

    [Fact]
    public async Task Run_NoSuchProgram_IsNotTriedAgain()
    {
        using var tool = new FfmpegTool(TestSettings.Read(("Media:FfmpegPath", _folder["nowhere"])), TimeProvider.System);
        // With prlimit it is prlimit that does not find it.
        await new FfmpegCheck(tool, TestSettings.Read(), TimeProvider.System, NullLogger<FfmpegCheck>.Instance).StartAsync(default);

        Assert.False(tool.IsAvailable);
    }

    [FactWith("sh")]
    public async Task Run_ProgramIsGone_IsNotAFileThatItRefused()
    {
        using var tool = Script("exit 0");
        File.Delete(_folder["ffmpeg"]);

        Assert.Equal(FfmpegEnd.NotStarted, (await tool.RunAsync(_folder.Path, [], Timeout.InfiniteTimeSpan, default)).End);

        Assert.False(tool.IsAvailable);
    }

    [FactWith("sh")]
    public async Task Run_ProgramIsThereAndDoesNotStart_MayStartLater()
    {
        using var tool = Script("exit 0");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_folder["ffmpeg"], UnixFileMode.UserRead);

        Assert.Equal(FfmpegEnd.Busy, (await tool.RunAsync(_folder.Path, [], Timeout.InfiniteTimeSpan, default)).End);

        Assert.True(tool.IsAvailable);
    }

    [Fact]
    public void IsAvailable_TurnedOff_IsFalse()
    {
        using var tool = new FfmpegTool(TestSettings.Read(("Media:UseFfmpeg", "false")), TimeProvider.System);

        Assert.False(tool.IsAvailable);
    }

    [FactWith("ffmpeg")]
    public async Task Check_WorkingFfmpeg_StaysAvailable()
    {
        using var tool = new FfmpegTool(TestSettings.Read(), TimeProvider.System);

        await new FfmpegCheck(tool, TestSettings.Read(), TimeProvider.System, NullLogger<FfmpegCheck>.Instance).StartAsync(default);

        Assert.True(tool.IsAvailable);
    }

    [FactWith("sh")]
    public async Task Run_AsManyAsMayRun_WaitsForOneToEndAndGivesUp()
    {
        using var tool = Script("touch running; exec sleep 60", ("Media:MaxProcesses", "1"));
        using var stop = new CancellationTokenSource();
        var first = tool.RunAsync(_folder.Path, [], Timeout.InfiniteTimeSpan, stop.Token);
        while (!File.Exists(_folder["running"])) await Task.Yield();

        Assert.Equal(FfmpegEnd.Busy, (await tool.RunAsync(_folder.Path, [], TimeSpan.Zero, default)).End);
        File.WriteAllText(_folder["ffmpeg"], "#!/bin/sh\nexit 0\n");
        var second = tool.RunAsync(_folder.Path, [], Timeout.InfiniteTimeSpan, default);
        Assert.False(second.IsCompleted);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal(FfmpegEnd.Done, (await second).End);
    }

    /// <summary>Files that are not what they are called. Each of them makes ffmpeg read another file, or call an address, when it may choose the format.</summary>
    [TheoryWith("ffmpeg")]
    [InlineData("m3u8", "image/png")]
    [InlineData("m3u8", "video")]
    [InlineData("concat", "image/jpeg")]
    [InlineData("concat", "video")]
    [InlineData("svg", "image/webp")]
    [InlineData("svg", "image/png")]
    [InlineData("sdp", "video")]
    public async Task Run_PlaylistThatIsCalledAPicture_OpensNothingElse(string kind, string readAs)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/x.ts";
        await File.WriteAllBytesAsync(_folder["secret.png"], MediaBench.Quarters("png"));
        var content = kind switch
        {
            "m3u8" => $"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:1.0,\n{url}\n#EXTINF:1.0,\nfile://{_folder["secret.png"]}\n#EXT-X-ENDLIST\n",
            "concat" => $"ffconcat version 1.0\nfile secret.png\nfile '{url}'\n",
            "svg" => $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"64\" height=\"64\"><image href=\"{url}\" width=\"64\" height=\"64\"/></svg>",
            _ => $"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {((IPEndPoint)listener.LocalEndpoint).Port} RTP/AVP 26\n",
        };
        await File.WriteAllTextAsync(_folder["in"], content);
        using var tool = new FfmpegTool(TestSettings.Read(("Media:TimeoutSeconds", "10")), TimeProvider.System);
        var input = readAs == "video" ? FfmpegInput.Video : FfmpegInput.Image(readAs);

        await tool.RunAsync(_folder.Path, [.. input.Arguments("in", 1), "-frames:v", "1", "-f", "image2", "-update", "1", "file:out.png"], Timeout.InfiniteTimeSpan, default);

        Assert.False(File.Exists(_folder["out.png"]) && new FileInfo(_folder["out.png"]).Length > 0, "Something came out.");
        Assert.False(listener.Pending(), "The address was called.");
    }

    /// <summary>An MP4 whose pictures are in another file: the reference is not followed.</summary>
    [FactWith("ffmpeg")]
    public async Task Run_Mp4NamesAnotherFile_OpensNothingElse()
    {
        var clip = MediaBench.Clip("64x64");
        await File.WriteAllBytesAsync(_folder["secret.mp4"], clip);
        await File.WriteAllBytesAsync(_folder["in"], Mp4Alias.Into(clip, _folder["secret.mp4"]));
        using var tool = new FfmpegTool(TestSettings.Read(), TimeProvider.System);

        await tool.RunAsync(_folder.Path, [.. FfmpegInput.Video.Arguments("in", 1), "-map", "0:v:0", "-frames:v", "1", "-f", "image2", "-update", "1", "file:out.png"], Timeout.InfiniteTimeSpan, default);

        Assert.False(File.Exists(_folder["out.png"]), "A picture of the other file came out.");
    }

    [FactWith("ffmpeg")]
    public async Task Run_Protocols_OnlyFilesMayBeRead()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var tool = new FfmpegTool(TestSettings.Read(("Media:TimeoutSeconds", "10")), TimeProvider.System);
        string[] arguments = [.. FfmpegInput.Video.Arguments("in", 1)];
        arguments[^1] = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/in.mp4";

        var result = await tool.RunAsync(_folder.Path, [.. arguments, "-f", "null", "-"], Timeout.InfiniteTimeSpan, default);

        Assert.Equal(FfmpegEnd.Failed, result.End);
        Assert.False(listener.Pending(), "The address was called.");
    }

    [FactWith("ffmpeg")]
    public async Task Run_OtherDecoderInTheContainer_DoesNotRun()
    {
        await File.WriteAllBytesAsync(_folder["in"], MediaBench.Quarters("mjpeg -pix_fmt yuvj444p"));
        using var tool = new FfmpegTool(TestSettings.Read(), TimeProvider.System);

        var result = await tool.RunAsync(_folder.Path, [.. FfmpegInput.Image("image/png").Arguments("in", 1), "-frames:v", "1", "file:out.png"], Timeout.InfiniteTimeSpan, default);

        Assert.False(File.Exists(_folder["out.png"]), result.Error);
    }

    private FfmpegTool Script(string body, params (string Key, string? Value)[] settings)
    {
        var path = _folder["ffmpeg"];
        File.WriteAllText(path, $"#!/bin/sh\n{body}\n", new UTF8Encoding(false));
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new FfmpegTool(TestSettings.Read([("Media:FfmpegPath", path), .. settings]), TimeProvider.System);
    }

    private static async Task AssertGoneAsync(int processId)
    {
        // Killed is not yet reaped: somebody else's child is, some time.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10), TimeProvider.System);
        while (IsRunning(processId)) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
    }

    private static bool IsRunning(int processId)
    {
        var stat = $"/proc/{processId}/stat";
        if (!OperatingSystem.IsLinux()) return Process.GetProcesses().Any(p => p.Id == processId);
        try
        {
            return File.ReadAllText(stat).Split(") ")[^1][0] != 'Z';
        }
        catch (IOException)
        {
            return false;
        }
    }
}
