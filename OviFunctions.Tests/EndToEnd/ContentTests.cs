using OviFunctions.DevStack;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd;

/// <summary>A finished video over HTTP, and who may see it.</summary>
public sealed class ContentTests(DeliveredVideo video) : GatewayTest(video.Gateway), IClassFixture<DeliveredVideo>
{
    private readonly Ticket _ticket = video.Ticket;

    [Theory]
    [InlineData("bytes=0-99", 0, 99)]
    [InlineData("bytes=1000-1999", 1000, 1999)]
    [InlineData("bytes=-500", -500, -1)]
    [InlineData("bytes=5000-", 5000, -1)]
    public async Task Get_Range_GivesThoseBytes(string range, int first, int last)
    {
        var length = video.Bytes.Length;
        var (from, to) = (first < 0 ? length + first : first, last < 0 ? length - 1 : last);

        var answer = await Shop.GetAsync(_ticket.ContentPath, _ticket.Bearer, ("Range", range));

        Assert.Equal(206, answer.Status);
        Assert.Equal($"bytes {from}-{to}/{length}", answer.Header("Content-Range"));
        Assert.Equal(video.Bytes[from..(to + 1)], answer.Body);
    }

    [Fact]
    public async Task Get_RangePastTheEnd_Is416()
    {
        var answer = await Shop.GetAsync(_ticket.ContentPath, _ticket.Bearer, ("Range", "bytes=999999999-"));

        Assert.Equal((416, $"bytes */{video.Bytes.Length}"), (answer.Status, answer.Header("Content-Range")));
    }

    [Fact]
    public async Task Get_WithTheETag_Is304()
    {
        var first = await Shop.GetAsync(_ticket.ContentPath, _ticket.Bearer);
        var etag = first.Header("ETag")!;

        var again = await Shop.GetAsync(_ticket.ContentPath, _ticket.Bearer, ("If-None-Match", etag));

        Assert.Matches("^\"[^\"]+\"$", etag);
        Assert.Equal((304, 0), (again.Status, again.Body.Length));
        Assert.Equal(etag, again.Header("ETag"));
    }

    [Theory]
    [InlineData(true, 206)]
    [InlineData(false, 200)]
    public async Task Get_RangeIfTheFileIsStillTheSame_IsPartialOnlyThen(bool same, int status)
    {
        var etag = same ? (await Shop.GetAsync(_ticket.ContentPath, _ticket.Bearer)).Header("ETag")! : "\"another\"";

        var answer = await Shop.GetAsync(_ticket.ContentPath, _ticket.Bearer, ("Range", "bytes=0-9"), ("If-Range", etag));

        Assert.Equal(status, answer.Status);
    }

    [Fact]
    public async Task Head_HasTheLengthAndNoBody()
    {
        var answer = await Shop.SendAsync(HttpMethod.Head, _ticket.ContentPath, headers: [_ticket.Bearer]);

        Assert.Equal((200, 0), (answer.Status, answer.Body.Length));
        Assert.Equal($"{video.Bytes.Length}", answer.Header("Content-Length"));
        Assert.Equal(("video/mp4", "bytes"), (answer.Header("Content-Type"), answer.Header("Accept-Ranges")));
    }

    [Fact]
    public async Task Link_OpensWithoutHeaders_AndInABrowserOnAnotherSite()
    {
        var link = new Uri(video.Job.Text("assets.0.url")!);

        var plain = await Shop.GetAsync(link.PathAndQuery);
        var part = await Shop.GetAsync(link.PathAndQuery, ("Range", "bytes=10-19"), ("Origin", "https://example.com"));

        Assert.Equal(Gateway.Process.Url.Authority, link.Authority);
        Assert.Equal(200, plain.Status);
        Assert.Equal(video.Bytes, plain.Body);
        Assert.Equal(video.Bytes[10..20], part.Body);
        Assert.Equal("*", part.Header("Access-Control-Allow-Origin"));
        Assert.Contains("Content-Range", part.Header("Access-Control-Expose-Headers")!, StringComparison.Ordinal);
        Assert.Equal("nosniff", plain.Header("X-Content-Type-Options"));
    }

    [Theory]
    [InlineData("s", "AAAA")]
    [InlineData("e", "4102444800")] // a longer life than it was signed for
    [InlineData("e", "1")]
    [InlineData("k", "other")]
    [InlineData("s", null)]
    [InlineData("e", null)]
    public async Task Link_ThatWasTamperedWith_Is404(string name, string? value)
    {
        var link = new Uri(video.Job.Text("assets.0.url")!);
        var query = link.Query.TrimStart('?').Split('&').Where(part => !part.StartsWith(name + "=", StringComparison.Ordinal));
        if (value is not null) query = query.Append($"{name}={value}");

        var answer = await Shop.GetAsync($"{link.AbsolutePath}?{string.Join('&', query)}");

        Assert.Equal(404, answer.Status);
    }

    [Fact]
    public async Task Link_OfOneThing_OpensNoOther()
    {
        var query = new Uri(video.Job.Text("assets.0.url")!).Query;

        Assert.Equal(404, (await Shop.GetAsync("/v1/images/" + _ticket.Id + query)).Status);
        Assert.Equal(404, (await Shop.GetAsync(_ticket.Path + query)).Status);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer ")]
    [InlineData("Bearer ovt_dev_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("Bearer ovt_")]
    [InlineData("Bearer " + TestGateway.OtherApiKey)]
    [InlineData("Bearer nonsense")]
    [InlineData("Basic " + GatewaySettings.ApiKey)]
    public async Task Get_ByAnybodyElse_Is404AsForAJobThatDoesNotExist(string? authorization)
    {
        (string, string)[] headers = authorization is null ? [] : [("Authorization", authorization)];
        var nobodys = await Shop.GetAsync("/v1/videos/jobs/job_" + new string('a', 36), headers);

        var job = await Shop.GetAsync(_ticket.Path, headers);
        var content = await Shop.GetAsync(_ticket.ContentPath, headers);
        var cancel = await Shop.SendAsync(HttpMethod.Delete, _ticket.Path, headers: headers);

        Assert.Equal([404, 404, 404, 404], [nobodys.Status, job.Status, content.Status, cancel.Status]);
        Assert.All([job, content, cancel], answer => Assert.Equal(nobodys.Body, answer.Body));
    }

    [Fact]
    public async Task Get_WithTheTokenOfAnotherJob_Is404()
    {
        var other = await OrderByKeyAsync();

        Assert.Equal(404, (await Shop.GetAsync(_ticket.Path, other.Bearer)).Status);
        Assert.Equal(404, (await Shop.GetAsync(_ticket.ContentPath, other.Bearer)).Status);
    }

    [Theory]
    [InlineData("/v1/videos/jobs/..%2f..%2fclaims")]
    [InlineData("/v1/videos/jobs/att_x_0")]
    [InlineData("/v1/images/anything?e=4102444800&k=dev&s=AAAA")]
    public async Task Get_SomethingThatIsNoJobId_Is404(string path) =>
        Assert.Equal(404, (await Shop.GetAsync(path, ("Authorization", "Bearer " + GatewaySettings.ApiKey))).Status);

    [Fact]
    public async Task Get_VideoThatIsNotThereYet_Is404AndSaysSo()
    {
        Stack.Fal.Faults.ForPrompt(Prompt, new() { ProcessingMilliseconds = 1000 });
        var ticket = await OrderByKeyAsync();

        var answer = await Shop.GetAsync(ticket.ContentPath, ticket.Bearer);

        Assert.Equal((404, "no_video", "poll"), (answer.Status, answer.Text("code"), answer.Text("retry_action")));
        await Shop.EndOfAsync(ticket);
        Assert.Equal(200, (await Shop.GetAsync(ticket.ContentPath, ticket.Bearer)).Status);
    }

    [Fact]
    public async Task Delete_FinishedJob_ChangesNothing()
    {
        var answer = await Shop.SendAsync(HttpMethod.Delete, _ticket.Path, headers: [_ticket.Bearer]);

        Assert.Equal((200, "succeeded"), (answer.Status, answer.Text("job.status")));
        Assert.Equal(200, (await Shop.GetAsync(_ticket.ContentPath, _ticket.Bearer)).Status);
    }
}
