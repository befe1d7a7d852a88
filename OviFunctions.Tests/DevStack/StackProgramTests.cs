using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Parts;
using OviFunctions.DevStack.Processes;

namespace OviFunctions.Tests.DevStack;

public sealed class StackProgramTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    public void Dispose()
    {
        _output.Dispose();
        _errors.Dispose();
    }

    [Fact]
    public async Task Help_ShowsEveryOptionAndPort()
    {
        Assert.Equal(0, await RunAsync(["--help"]));

        foreach (var option in new[] { "--once", "--scenario", "--peers-only", "--no-chain", "--port", "--data" })
            Assert.Contains(option, _output.ToString(), StringComparison.Ordinal);
        foreach (var port in PortName.All) Assert.Contains($"{port.Default}  {port.Owner}", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongOption_EndsWithCode2()
    {
        Assert.Equal(2, await RunAsync(["--wrong"]));

        Assert.Contains("--wrong is not an option", _errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task BusyPort_EndsWithCode1AndOneSentence()
    {
        using var busy = new TcpListener(IPAddress.Loopback, 0);
        busy.Start();
        var port = ((IPEndPoint)busy.LocalEndpoint).Port;

        Assert.Equal(1, await RunAsync(["--peers-only", "--port", $"table={port}"]));

        Assert.Contains($"Port {port} on 127.0.0.1, for Azurite's table service, is in use.", _errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PeersOnly_PrintsSettingsOfPartsThatWork_AndEndsThemWithCtrlC()
    {
        var ports = Ports.Ephemeral();
        var arguments = PortName.All.SelectMany(name => new[] { "--port", $"{name.Name}={ports[name]}" }).Prepend("--peers-only").ToArray();
        using var ctrlC = new CancellationTokenSource();
        await using var printed = new PrintedLine("Ctrl-C ends it all.");

        var running = new StackProgram(printed, _errors, TimeProvider.System).RunAsync(arguments, ctrlC.Token);
        await Task.WhenAny(printed.Seen, running);
        var settings = printed.Json().GetProperty("Values");
        var blobsAnswer = await Loopback.AnswersAsync(Loopback.Url(ports[PortName.Blob]), default);
        using var rpc = new ChainRpc(new Uri(settings.GetProperty("Payments__RpcUrl").GetString()!), ChainNetwork.BaseSepolia);
        var refunds = await rpc.GetBalanceAsync(DevAccounts.Refunds.Address, default);
        await ctrlC.CancelAsync();

        Assert.Equal(0, await running.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.True(blobsAnswer);
        Assert.Equal(10_000_000_000, refunds);
        Assert.Contains($":{ports[PortName.Blob]}/devstoreaccount1", settings.GetProperty("AzureWebJobsStorage").GetString(), StringComparison.Ordinal);
        Ports.Usual(PortName.All.ToDictionary(name => name, name => ports[name])).EnsureFree(PortName.All);
        Assert.Empty(_errors.ToString());
    }

    private Task<int> RunAsync(string[] arguments) => new StackProgram(_output, _errors, TimeProvider.System).RunAsync(arguments, CancellationToken.None);

    /// <summary>A console that tells when a text has been printed.</summary>
    private sealed class PrintedLine(string text) : StringWriter
    {
        private readonly TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Seen => _seen.Task;

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.Contains(text, StringComparison.Ordinal) == true) _seen.TrySetResult();
        }

        /// <summary>The JSON object that was printed.</summary>
        public JsonElement Json()
        {
            var all = ToString();
            return JsonElement.Parse(all[all.IndexOf('{')..(all.LastIndexOf('}') + 1)]);
        }
    }
}
