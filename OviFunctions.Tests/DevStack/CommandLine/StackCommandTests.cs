using OviFunctions.DevStack.CommandLine;
using OviFunctions.DevStack.Processes;

namespace OviFunctions.Tests.DevStack.CommandLine;

public sealed class StackCommandTests
{
    [Fact]
    public void Parse_Nothing_IsTheDemo()
    {
        var command = Parsed();

        Assert.False(command.Once || command.PeersOnly || command.NoChain || command.Help);
        Assert.Null(command.Scenario);
    }

    [Fact]
    public void Parse_AllThatGoTogether_AreRead()
    {
        var command = Parsed("--once", "--no-chain", "--data", "here", "--port", "blob=20000", "--port", "chain=20001", "--provider", "segmind", "--provider", "wavespeed");

        Assert.True(command.Once && command.NoChain);
        Assert.Equal(Path.GetFullPath("here"), command.DataFolder);
        Assert.Equal(20000, command.Ports[PortName.Blob]);
        Assert.Equal(20001, command.Ports[PortName.Chain]);
        Assert.Equal([MoreProvider.WaveSpeed, MoreProvider.Segmind], command.MoreProviders.Order());
    }

    [Theory]
    [InlineData("--onse is not an option; --help shows them.", "--onse")]
    [InlineData("--scenario takes one of: pay-twice, crash.", "--scenario", "pay-thrice")]
    [InlineData("--scenario takes one of: pay-twice, crash.", "--scenario")]
    [InlineData("--data takes a folder.", "--data")]
    [InlineData("--install only installs the npm packages; leave out the other options.", "--install", "--once")]
    [InlineData("--install only installs the npm packages; leave out the other options.", "--install", "--provider", "segmind")]
    [InlineData("--provider takes one of: wavespeed, segmind.", "--provider", "0")]
    [InlineData("--peers-only stays up and runs no job; leave out --once.", "--peers-only", "--once")]
    [InlineData("--peers-only runs no scenario; leave out one of the two.", "--peers-only", "--scenario", "crash")]
    [InlineData("The scenarios show the buyer's money on the chain; leave out --no-chain.", "--no-chain", "--scenario", "crash")]
    public void Parse_WhatIsWrong_SaysWhatIsRight(string expected, params string[] arguments)
    {
        var (command, error) = StackCommand.Parse(arguments, ["pay-twice", "crash"]);

        Assert.Null(command);
        Assert.Equal(expected, error);
    }

    [Theory]
    [InlineData("blob")]
    [InlineData("blob=")]
    [InlineData("blob=0")]
    [InlineData("blob=65536")]
    [InlineData("blob=-1")]
    [InlineData("blub=10000")]
    [InlineData("blob=1=2")]
    public void Parse_WrongPort_NamesThePortsThereAre(string port)
    {
        var (command, error) = StackCommand.Parse(["--port", port], []);

        Assert.Null(command);
        Assert.Contains("gateway, blob, queue", error, StringComparison.Ordinal);
    }

    private static StackCommand Parsed(params string[] arguments)
    {
        var (command, error) = StackCommand.Parse(arguments, ["pay-twice", "crash"]);
        Assert.Null(error);
        return command!;
    }
}
