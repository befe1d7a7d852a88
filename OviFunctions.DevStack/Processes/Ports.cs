using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace OviFunctions.DevStack.Processes;

/// <summary>A port that the stack listens on: the name for <c>--port name=number</c>, the usual number, and whose it is.</summary>
internal sealed record PortName(string Name, int Default, string Owner)
{
    public static readonly PortName Gateway = new("gateway", 7071, "the gateway");
    public static readonly PortName Blob = new("blob", 10000, "Azurite's blob service");
    public static readonly PortName Queue = new("queue", 10001, "Azurite's queue service");
    public static readonly PortName Table = new("table", 10002, "Azurite's table service");
    public static readonly PortName Chain = new("chain", 8545, "the local chain");
    public static readonly PortName Facilitator = new("facilitator", 4020, "the x402 facilitator");
    public static readonly PortName LegacyFacilitator = new("facilitator-legacy", 4021, "the x402 v1 facilitator");
    public static readonly PortName Fal = new("fal", 4030, "the fal simulator");
    public static readonly PortName SecondFal = new("fal-2", 4031, "the second fal simulator");
    public static readonly PortName Videos = new("videos", 4032, "the OpenAI Videos simulator");
    public static readonly PortName WaveSpeed = new("wavespeed", 4033, "the WaveSpeed simulator");
    public static readonly PortName Segmind = new("segmind", 4034, "the Segmind simulator");
    public static readonly PortName Receiver = new("receiver", 4040, "the buyer's webhook receiver");

    public static IReadOnlyList<PortName> All { get; } =
        [Gateway, Blob, Queue, Table, Chain, Facilitator, LegacyFacilitator, Fal, SecondFal, Videos, WaveSpeed, Segmind, Receiver];
}

/// <summary>Which number each port has in this run.</summary>
internal sealed class Ports
{
    // Below the range from which Linux takes ports for outgoing connections, so that none of these is taken in between.
    private const int FirstEphemeral = 20_000;
    private const int LastEphemeral = 32_000;
    private const int LastPort = 65_535;

    private readonly Dictionary<PortName, int> _numbers;

    private Ports(Dictionary<PortName, int> numbers) => _numbers = numbers;

    public int this[PortName name] => _numbers[name];

    /// <summary>The usual numbers, except where another was chosen.</summary>
    public static Ports Usual(IReadOnlyDictionary<PortName, int>? chosen = null) =>
        new(PortName.All.ToDictionary(name => name, name => chosen is not null && chosen.TryGetValue(name, out var port) ? port : name.Default));

    /// <summary>Free numbers, different in every run, for tests.</summary>
    public static Ports Ephemeral()
    {
        var numbers = new Dictionary<PortName, int>();
        foreach (var name in PortName.All)
        {
            int port;
            do port = RandomNumberGenerator.GetInt32(FirstEphemeral, LastEphemeral);
            while (numbers.ContainsValue(port) || !IsFree(port));
            numbers.Add(name, port);
        }
        return new Ports(numbers);
    }

    /// <summary>One free number.</summary>
    public static int TakeFree() => Ephemeral()[PortName.Gateway];

    /// <exception cref="StackException">
    /// A port is in use, or two parts have the same; names each, its owner and the switch that moves it.
    /// </exception>
    public void EnsureFree(IEnumerable<PortName> names)
    {
        var taken = _numbers.Values.ToHashSet();
        var owners = new Dictionary<int, PortName>();
        var problems = new List<string>();
        foreach (var name in names)
        {
            var port = _numbers[name];
            if (!owners.TryAdd(port, name))
                problems.Add($"Port {port} cannot be both for {owners[port].Owner} and for {name.Owner}. Choose another: {Another(name)}");
            else if (!IsFree(port))
                problems.Add($"Port {port} on 127.0.0.1, for {name.Owner}, is in use. End what uses it, or choose another: {Another(name)}");
        }
        if (problems.Count > 0) throw new StackException(string.Join(Environment.NewLine, problems));

        // A number that works together with all the others: neither in use, nor a part's, nor named here for another part.
        string Another(PortName name)
        {
            var port = _numbers[name];
            do port = port == LastPort ? FirstEphemeral : port + 1;
            while (taken.Contains(port) || !IsFree(port));
            taken.Add(port);
            return $"--port {name.Name}={port}";
        }
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ExclusiveAddressUse = true };
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
