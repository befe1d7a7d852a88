using System.Net;
using System.Text.Json;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Activities;
using OviFunctions.Configuration;
using OviFunctions.Media;
using OviFunctions.Payments.Ledger;
using OviFunctions.Providers;
using OviFunctions.Secrets;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Activities;

/// <summary>What activities work with, in memory as far as that goes.</summary>
internal sealed class ActivityBench
{
    public ActivityBench(BlobContainerClient? videos = null)
    {
        Settings = new OviSettings { PublicBaseUrl = new Uri("https://video.example.com") };
        Ring = new KeyRing(new SecretsSettings { Keys = [new ServerKeySettings { Id = "k1", Value = SecretRules.SampleServerKey }] });
        Secrets = new JobSecrets(Ring);
        Videos = new LaneVideos(new VideoStore(videos ?? NoBlobs()), Settings);
        Images = JobSamples.NewIntake(videos ?? NoBlobs());
    }

    public ManualTimeProvider Time { get; } = new(ScriptedContext.Start);

    public MemoryRecordStore Records { get; } = new();

    public PlayedProvider Provider { get; } = new();

    public OviSettings Settings { get; }

    public KeyRing Ring { get; }

    public JobSecrets Secrets { get; }

    public LaneVideos Videos { get; }

    public ImageIntake Images { get; }

    public ProviderCatalog Catalog => new([Provider]);

    public SubmitToProvider SubmitActivity => new(
        Catalog, Records, Secrets, Settings, Videos, Time, new BlobLedger(Records), Images, NullLogger<SubmitToProvider>.Instance);

    /// <summary>A line of the submit journal.</summary>
    public async Task<SubmitIntent?> LineAsync(string name) => (await Records.ReadAsync<SubmitIntent>(name, default))?.Value;

    /// <summary>Runs an activity twice, as engines may; both runs have to say the same.</summary>
    public static async Task<T> TwiceAsync<T>(Func<Task<T>> activity)
    {
        var first = await activity();
        Assert.Equal(JsonSerializer.Serialize(first), JsonSerializer.Serialize(await activity()));
        return first;
    }

    /// <summary>A container in which there is nothing, without a server behind it.</summary>
    private static BlobContainerClient NoBlobs() => new(
        new Uri("http://127.0.0.1:1/account/container"), new BlobClientOptions { Transport = new HttpClientTransport(new NotFound()) });

    private sealed class NotFound : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.NotFound)
            {
                RequestMessage = request, Content = new ByteArrayContent([]),
            });
    }
}
