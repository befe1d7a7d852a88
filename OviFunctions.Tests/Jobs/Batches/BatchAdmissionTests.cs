using System.Text;
using Microsoft.DurableTask.Client;
using OviFunctions.Admission;
using OviFunctions.Configuration;
using OviFunctions.Jobs;
using OviFunctions.Jobs.Batches;
using OviFunctions.Orchestrations;
using OviFunctions.Payments.X402;
using OviFunctions.Providers;
using OviFunctions.Routing;
using OviFunctions.Sales;
using OviFunctions.Tests.Admission;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Jobs.Batches;

/// <summary>A batch from its order to the start of its orchestration.</summary>
public sealed class BatchAdmissionTests
{
    private const string Two = """{"items":[{"prompt":"one","image_url":"https://example.com/1.jpg"},{"prompt":"two","image_url":"https://example.com/2.jpg"}]}""";
    private const string OtherTwo = """{"items":[{"prompt":"three","image_url":"https://example.com/1.jpg"},{"prompt":"four","image_url":"https://example.com/2.jpg"}]}""";

    private readonly Shop _shop = new();

    [Fact]
    public async Task Admit_Batch_KeepsItsItemsBeforeTheClaimAndStartsSmall()
    {
        var writes = new List<string>();
        _shop.Records.Before = (call, name) =>
        {
            if (call == RecordCall.Create) writes.Add(name.Split('/')[0]);
            return Task.CompletedTask;
        };

        var job = Assert.IsType<AdmissionResult.Admitted>(await AdmitAsync(Two)).Job.Input;

        Assert.True(writes.IndexOf("batches") < writes.IndexOf("claims"));
        var instance = await _shop.Client.GetInstanceAsync(job.JobId, getInputsAndOutputs: true);
        Assert.Equal(nameof(BatchOrchestrator), instance!.Name);
        Assert.DoesNotContain("example.com/2.jpg", instance.SerializedInput, StringComparison.Ordinal);
        Assert.Equal((2, 840_000), (job.Items, job.PriceAtomic));
        var items = await new BatchItems(_shop.Records).ReadAsync(job, default);
        Assert.Equal([(job.JobId + "_00", "one", 420_000L), (job.JobId + "_01", "two", 420_000L)], items.Select(item => (item.JobId, item.Request.Prompt, item.PriceAtomic)));
        Assert.All(items, item => Assert.Equal((null, null, 1), (item.Payment, item.Items, item.Plan.Lanes.Count)));
    }

    [Fact]
    public async Task Admit_TheSamePaymentWithTwoBodies_ItemsAreThoseOfTheClaim()
    {
        var header = Pay();
        // Another machine admits the other body between our two writes.
        _shop.Records.Before = async (call, name) =>
        {
            if (call != RecordCall.Create || !name.StartsWith("claims/", StringComparison.Ordinal)) return;
            _shop.Records.Before = null;
            var other = new Shop(_shop.Records, _shop.Client);
            Assert.IsType<AdmissionResult.Admitted>(await AdmitAsync(OtherTwo, header, other));
        };

        Assert.IsType<AdmissionResult.Refused>(await AdmitAsync(Two, header));

        var claim = (await _shop.Records.ReadAsync<Claim>(RecordNames.Claim(Shop.JobIdOf(1)), default))!.Value;
        Assert.Equal(["three", "four"], (await new BatchItems(_shop.Records).ReadAsync(claim.Input, default)).Select(item => item.Request.Prompt));
    }

    [Fact]
    public async Task Admit_AnItemThatNobodyMakes_IsRefusedByNameBeforeTheQuoteAndThePayment()
    {
        _shop.Offer = needs => needs.Fields.HasFlag(RequestFields.Steps) ? new ProviderOffer.Lacks(RequestFields.Steps) : new ProviderOffer.Takes(0.2m);
        var body = Two.Replace("\"two\"", "\"two\",\"num_inference_steps\":40", StringComparison.Ordinal);
        var routes = new OrderRoutes(_shop.Router);
        _shop.Gates.Add(new RouteGate(routes));

        var refused = Assert.IsType<AdmissionResult.Refused>(await AdmitAsync(body));

        Assert.Equal((422, "not_offered"), (refused.Problem.Status, refused.Problem.Code));
        Assert.StartsWith("Item 1: ", refused.Problem.Detail, StringComparison.Ordinal);
        Assert.Equal("/items/1/num_inference_steps", Assert.Single(refused.Problem.Errors!).Where);
        Assert.Empty(_shop.Records.Names);
        Assert.Equal(refused.Problem.Detail, (await routes.WhyNoneAsync(_shop.Batch, Order(body, _shop).Order, default))?.Detail);
        Assert.Null(await routes.WhyNoneAsync(_shop.Batch, Order(Two, _shop).Order, default));
    }

    /// <summary>The gate was open when it asked; it is not there in this test.</summary>
    [Fact]
    public async Task Admit_LastAccountGoesOutWhileThePaymentIsVerified_IsRefusedAndNothingIsWritten()
    {
        _shop.Offer = _ => new ProviderOffer.Lacks(RequestFields.Steps);

        Assert.Equal("not_offered", Assert.IsType<AdmissionResult.Refused>(await AdmitAsync(Two)).Problem.Code);
        Assert.Empty(_shop.Records.Names);
    }

    [Fact]
    public async Task Admit_MoreVideosThanThereIsRoomFor_IsRefused()
    {
        var shop = new Shop(("Limits:MaxJobsInFlight", "1"));

        var refused = Assert.IsType<AdmissionResult.Refused>(await AdmitAsync(Two, Pay(shop), shop));

        Assert.Equal("no_capacity", refused.Problem.Code);
    }

    [Fact]
    public async Task Reserve_BatchOfAnApiKey_CountsEachVideoAndIsChargedForWhatIsDelivered()
    {
        var key = new ApiKeySettings { Id = "alice", MaxRunning = 3, DailyBudgetUsdc = 1.30m };
        var allowance = new ApiKeyAllowance(_shop.Records, new JobReader(_shop.Records, _shop.Clock, HostLifetime.Running()), _shop.Clock);
        var batch = JobSamples.KeyJob with { PriceAtomic = 840_000, Items = 2 };
        _shop.Client.Add(batch, new JobStatus { State = JobState.Running });

        Assert.Null(await allowance.ReserveAsync(key, batch.JobId, 840_000, 2, _shop.Client, default));
        Assert.Equal("api_key_busy", (await allowance.ReserveAsync(key, batch.JobId[..^1] + "c", 420_000, 2, _shop.Client, default))?.Problem.Code);

        // One of two was delivered: 0.42 of the 1.30 are spent, and not 0.84.
        _shop.Client.Set(batch.JobId, new JobStatus { State = JobState.Succeeded, Outcome = JobOutcome.Delivered, Batch = new BatchResult(1, 1, 420_000) });
        Assert.Null(await allowance.ReserveAsync(key, batch.JobId[..^1] + "d", 840_000, 2, _shop.Client, default));
    }

    private static OrderRequest Order(string body, Shop shop) =>
        OrderRequest.Read(shop.Batch, Encoding.UTF8.GetBytes(body), null, shop.Limits.Of(new HttpExchange().Context));

    private string Pay(Shop? shop = null) => (shop ?? _shop).Pay(price: 840_000);

    private Task<AdmissionResult> AdmitAsync(string body, string? header = null, Shop? shop = null)
    {
        shop ??= _shop;
        return shop.ByPayment.AdmitAsync(Order(body, shop), X402Version.V2, header ?? Pay(), shop.Client, default);
    }
}
