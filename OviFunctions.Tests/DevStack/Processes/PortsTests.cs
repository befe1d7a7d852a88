using System.Globalization;
using System.Net;
using System.Net.Sockets;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Processes;

namespace OviFunctions.Tests.DevStack.Processes;

public sealed class PortsTests
{
    [Fact]
    public void Usual_WithoutAChoice_TakesTheDocumentedNumbers()
    {
        var ports = Ports.Usual();

        Assert.Equal(7071, ports[PortName.Gateway]);
        Assert.Equal(10000, ports[PortName.Blob]);
    }

    [Fact]
    public void Usual_WithAChoice_MovesOnlyThatPort()
    {
        var ports = Ports.Usual(new Dictionary<PortName, int> { [PortName.Blob] = 20000 });

        Assert.Equal(20000, ports[PortName.Blob]);
        Assert.Equal(10001, ports[PortName.Queue]);
    }

    [Fact]
    public void Ephemeral_GivesEveryPartADifferentFreePort()
    {
        var ports = Ports.Ephemeral();

        Assert.Equal(PortName.All.Count, PortName.All.Select(name => ports[name]).Distinct().Count());
        ports.EnsureFree(PortName.All);
    }

    [Fact]
    public void EnsureFree_BusyPort_NamesThePartThePortAndTheSwitch()
    {
        using var busy = new TcpListener(IPAddress.Loopback, 0);
        busy.Start();
        var port = ((IPEndPoint)busy.LocalEndpoint).Port;
        var ports = Ports.Usual(new Dictionary<PortName, int> { [PortName.Chain] = port });

        var error = Assert.Throws<StackException>(() => ports.EnsureFree([PortName.Chain]));

        Assert.Matches($@"^Port {port} on 127\.0\.0\.1, for the local chain, is in use\. End what uses it, or choose another: --port chain=\d+$", error.Message);
    }

    [Fact]
    public void EnsureFree_AllBusy_WhatIsAdvisedWorksTogether()
    {
        var port = FreeInARow(4);
        var ports = new Dictionary<PortName, int> { [PortName.Blob] = port, [PortName.Queue] = port + 1, [PortName.Fal] = port + 2 };
        using var blob = Listen(port);
        using var queue = Listen(port + 1);

        var error = Assert.Throws<StackException>(() => Ports.Usual(ports).EnsureFree(ports.Keys));

        foreach (var advice in error.Message.Split(Environment.NewLine).Select(line => line.Split("--port ")[1].Split('=')))
            ports[ports.Keys.Single(name => name.Name == advice[0])] = int.Parse(advice[1], CultureInfo.InvariantCulture);
        Ports.Usual(ports).EnsureFree(ports.Keys);
    }

    [Fact]
    public void EnsureFree_OneNumberForTwoParts_NamesBothAndTheSwitch()
    {
        var port = FreeInARow(1);
        var ports = new Dictionary<PortName, int> { [PortName.Fal] = port, [PortName.SecondFal] = port };

        var error = Assert.Throws<StackException>(() => Ports.Usual(ports).EnsureFree(ports.Keys));

        Assert.Matches($@"^Port {port} cannot be both for the fal simulator and for the second fal simulator\. Choose another: --port fal-2=\d+$", error.Message);
    }

    [Fact]
    public async Task EnsureFree_PortOfAServerThatJustEnded_IsFree()
    {
        // The side that closes first keeps the port in TIME_WAIT for a minute; a second run must not be refused for that.
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            var server = await listener.AcceptTcpClientAsync();
            server.Close();
            Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1]));
        }
        listener.Stop();

        Ports.Usual(new Dictionary<PortName, int> { [PortName.Blob] = port }).EnsureFree([PortName.Blob]);
    }

    /// <summary>The first of some free numbers without a gap.</summary>
    private static int FreeInARow(int count)
    {
        for (var port = Ports.TakeFree(); ; port++)
        {
            try
            {
                for (var next = port; next < port + count; next++) Listen(next).Dispose();
                return port;
            }
            catch (SocketException)
            {
                // The next one, then.
            }
        }
    }

    private static TcpListener Listen(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        return listener;
    }
}
