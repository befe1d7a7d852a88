using System.Net.Http.Headers;
using System.Text;
using OviFunctions.DevStack.Simulators;
using OviFunctions.Tests.DevStack.Simulators;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>What a provider is given, a callback address and a link to the image, in the hands of strangers.</summary>
public sealed class CallbackTests(GatewayFixture fixture) : GatewayTest(fixture.Gateway), IClassFixture<GatewayFixture>
{
    [Fact]
    public async Task CallbackAddress_OpensOnlyToItsProvider()
    {
        var path = await CallbackPathAsync();
        var token = path[(path.LastIndexOf('/') + 1)..];
        var parts = token.Split('.');
        string OtherPart(int index, string value) => string.Join('.', parts.Select((part, i) => i == index ? value : part));
        string[] wrong =
        [
            "/v1/callbacks/fal-2/" + token,
            "/v1/callbacks/nobody/" + token,
            "/v1/callbacks/fal/nonsense",
            "/v1/callbacks/fal/" + OtherPart(0, "job_" + new string('a', 36)),
            "/v1/callbacks/fal/" + OtherPart(1, "1"),
            "/v1/callbacks/fal/" + OtherPart(2, "2"),
            "/v1/callbacks/fal/" + OtherPart(4, "AAAA"),
        ];

        Assert.Equal(401, (await PostAsync(path)).Status); // the right address, and no signature
        foreach (var address in wrong) Assert.Equal(404, (await PostAsync(address)).Status);
        Assert.Equal(413, (await PostAsync(path, new byte[1024 * 1024 + 1])).Status);
    }

    [Fact]
    public async Task ImageLink_OpensTheImageAndNothingElse()
    {
        await CallbackPathAsync();
        var link = new Uri(Stack.Fal.SubmitsOf(Prompt)[0].Body!.Value.Text("image_url")!);

        var image = await Shop.GetAsync(link.PathAndQuery);

        Assert.Equal((200, "image/png", "nosniff"), (image.Status, image.Header("Content-Type"), image.Header("X-Content-Type-Options")));
        Assert.Equal(TestImages.Png, image.Body);
        Assert.Equal(404, (await Shop.GetAsync(link.AbsolutePath)).Status);
        Assert.Equal(404, (await Shop.GetAsync(link.PathAndQuery.Replace("e=", "e=1", StringComparison.Ordinal))).Status);
        var jobPath = "/v1/videos/jobs/" + link.Segments[^1];
        Assert.Equal(404, (await Shop.GetAsync(jobPath + "/content" + link.Query)).Status);
        Assert.Equal(404, (await Shop.GetAsync(jobPath, ("Authorization", "Bearer " + Uri.UnescapeDataString(link.Query.Split("s=")[^1])))).Status);
    }

    /// <summary>Nothing of the buyer's that a provider need not know goes to it.</summary>
    [Fact]
    public async Task Submit_HasTheModelsInputAndNoMore()
    {
        var body = Body(webhook: true);
        body["user"] = "customer-17";
        body["fal_options"] = new System.Text.Json.Nodes.JsonObject { ["priority"] = "low" };
        await Shop.EndOfAsync(await OrderByKeyAsync(body));

        var submit = Assert.Single(Stack.Fal.SubmitsOf(Prompt));
        Assert.Equal(
            ["audio_negative_prompt", "image_url", "negative_prompt", "num_inference_steps", "prompt", "seed"],
            submit.Body!.Value.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));
        Assert.Equal("low", submit.Headers["x-fal-queue-priority"]);
        Assert.DoesNotContain("customer-17", string.Join('\n', submit.Headers.Values) + submit.Path, StringComparison.Ordinal);
        Assert.DoesNotContain(Hook.AbsolutePath, submit.Path, StringComparison.Ordinal);
    }

    /// <summary>Orders a job and gives the path of its callback address; the job has ended by then.</summary>
    private async Task<string> CallbackPathAsync()
    {
        await Shop.EndOfAsync(await OrderByKeyAsync());
        var submit = Assert.Single(Stack.Fal.SubmitsOf(Prompt)).Path;
        return new Uri(Uri.UnescapeDataString(submit.Split("fal_webhook=")[1])).AbsolutePath;
    }

    private async Task<Answer> PostAsync(string path, byte[]? body = null)
    {
        using var content = new ByteArrayContent(body ?? Encoding.UTF8.GetBytes("""{"request_id":"x","status":"OK"}"""))
        {
            Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
        };
        return await Shop.SendAsync(HttpMethod.Post, path, content);
    }
}
