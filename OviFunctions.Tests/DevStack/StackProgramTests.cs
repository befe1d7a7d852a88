using System.Net;
using System.Net.Sockets;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Processes;
using OviFunctions.Tests.DevStack.Support;

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
    public async Task BusyPortOfTheGateway_IsSaidBeforeAnythingStarts()
    {
        using var busy = new TcpListener(IPAddress.Loopback, 0);
        busy.Start();
        var port = ((IPEndPoint)busy.LocalEndpoint).Port;
        var ports = Ports.Ephemeral();
        string[] others = [.. PortName.All.Where(name => name != PortName.Gateway).SelectMany(name => new[] { "--port", $"{name.Name}={ports[name]}" })];

        Assert.Equal(1, await RunAsync(["--once", "--port", $"gateway={port}", .. others]));

        Assert.Matches(
            $@"^Port {port} on 127\.0\.0\.1, for the gateway, is in use\. End what uses it, or choose another: --port gateway=\d+$",
            _errors.ToString().TrimEnd());
        Assert.DoesNotContain("Azurite", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DataFolderThatCannotBe_EndsWithCode1AndOneSentence()
    {
        var file = Path.GetTempFileName();

        Assert.Equal(1, await RunAsync(["--peers-only", "--data", Path.Combine(file, "data"), .. ProgramRun.Options(Ports.Ephemeral())]));

        Assert.Contains(file, Assert.Single(_errors.ToString().TrimEnd().Split('\n')), StringComparison.Ordinal);
        File.Delete(file);
    }

    private Task<int> RunAsync(string[] arguments) => new StackProgram(_output, _errors, TimeProvider.System).RunAsync(arguments, CancellationToken.None);
}
