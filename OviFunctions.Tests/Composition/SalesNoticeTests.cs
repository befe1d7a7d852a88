using OviFunctions.Composition;
using OviFunctions.Jobs;
using OviFunctions.Payments;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Composition;

/// <summary>What a seller reads at start.</summary>
public sealed class SalesNoticeTests
{
    private const string OldClients = "x402-fetch 1.2 (version 1) and Nethereum.X402 pays at most 0.1 ";
    private const string NewClient = "@x402/fetch 2.27 (version 2) pays at most 1 ";

    [Theory]
    [InlineData("0.1", null)]
    [InlineData("0.100001", null, OldClients)]
    [InlineData("1", null, OldClients)]
    [InlineData("1.05", null, NewClient, OldClients)]
    [InlineData("0.05", "1", NewClient, OldClients)] // the dearest request counts
    public async Task StartAsync_PriceAboveAClientsDefaultCap_NamesTheClient(string price, string? surcharge, params string[] clients)
    {
        (string, string?)[] settings = [("Prices:OviImageToVideo", price)];
        if (surcharge is not null)
            settings = [.. settings, ("Prices:OviImageToVideoSurcharges:0:FromSteps", "40"), ("Prices:OviImageToVideoSurcharges:0:Usdc", surcharge)];
        var read = TestSettings.Read(settings);
        var log = new LogSink<SalesNotice>();
        var models = new VideoModels([new OviImageToVideo(read, JobSamples.NewIntake(), JobSamples.NewGuard())]);

        await new SalesNotice(new Till(read.Payments), models, log).StartAsync(default);

        Assert.StartsWith("Information: Payments go to 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 on base.", log.Lines[0], StringComparison.Ordinal);
        Assert.Equal(clients.Length, log.Lines.Count - 1);
        Assert.All(log.Lines.Skip(1).Zip(clients), line => Assert.Contains(line.Second, line.First, StringComparison.Ordinal));
    }
}
