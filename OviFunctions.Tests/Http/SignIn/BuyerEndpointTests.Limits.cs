using Azure;
using OviFunctions.Http.SignIn;
using OviFunctions.Jobs;
using OviFunctions.Payments.Evm;
using OviFunctions.Payments.Identity;
using OviFunctions.Tests.Payments;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Http.SignIn;

/// <summary>How often one address may sign in.</summary>
public sealed partial class BuyerEndpointTests
{
    [Fact]
    public async Task List_TooManySignInsOfOneAddress_WaitAndLeaveNothing()
    {
        await AddAsync(OfKey("alice", "1"));
        for (var i = 0; i < 60; i++) Assert.Equal(200, (await ListAsync(SignIn())).Status);
        var answer = await ListAsync(SignIn());

        Assert.Equal((429, "rate_limited", true), (answer.Status, Code(answer), answer.Header("RateLimit")?.Contains("r=0", StringComparison.Ordinal)));
        Assert.NotNull(answer.Header("Retry-After"));
        Assert.False(answer.Json.TryGetProperty("payment_state", out _));
        Assert.Equal(60, _records.Names.Count(name => name.StartsWith(RecordNames.SignIns, StringComparison.Ordinal)));
        Assert.Equal(200, (await ListAsync(ApiKey)).Status);
    }

    [Fact]
    public async Task SignIns_OfOneAddress_AreLimitedAlsoThoseThatFail()
    {
        var id = (await AddAsync(1))[0];
        var function = Function(EvmNetwork.Base, ("Limits:RequestsPerMinutePerAddress", "3"));
        var signIn = SignIn();
        Assert.Equal(400, (await ListAsync(function, ("SIGN-IN-WITH-X", "?"))).Status);
        Assert.Equal(400, (await RotateAsync(function, id, ("SIGN-IN-WITH-X", "?"))).Status);
        var third = await RotateAsync(function, id, SignIn());
        Assert.Equal((200, "\"ip\";q=3;w=60"), (third.Status, third.Header("RateLimit-Policy")));

        foreach (var busy in new[] { await ListAsync(function, signIn), await RotateAsync(function, id, signIn) })
        {
            Assert.Equal((429, "rate_limited"), Brief(busy));
            Assert.NotNull(busy.Header("Retry-After"));
            Assert.False(busy.Json.TryGetProperty("payment_state", out _));
        }

        // It was not used up: the identical request is answered when there is room.
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(200, (await ListAsync(function, signIn)).Status);
    }
}
