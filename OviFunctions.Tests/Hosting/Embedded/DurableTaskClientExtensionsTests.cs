using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Engine;
using OviFunctions.Hosting;
using OviFunctions.Tests.Embedded.Engine;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Hosting.Embedded;

/// <summary>What the real engine refuses, as results.</summary>
public sealed class DurableTaskClientExtensionsTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private EngineHost _engine = null!;

    public async Task InitializeAsync() => _engine = await NewEngine(new EngineOptions()).StartAsync();

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    [Fact]
    public async Task TryStartAsync_NewId_StartsWithTheInput()
    {
        Assert.True(await StartAsync("a", "first"));

        Assert.Equal("first", (await _engine.GetAsync("a")).ReadInputAs<string>());
    }

    [Theory]
    [InlineData("running")]
    [InlineData("suspended")]
    [InlineData("completed")]
    [InlineData("failed")]
    [InlineData("terminated")]
    public async Task TryStartAsync_IdExistsInWhateverState_IsFalseAndTheInstanceStays(string state)
    {
        await BringToAsync("a", state);
        var before = await _engine.GetAsync("a");

        Assert.False(await StartAsync("a", "second"));

        var after = await _engine.GetAsync("a");
        Assert.Equal("first", after.ReadInputAs<string>());
        Assert.Equal((before.RuntimeStatus, before.LastUpdatedAt), (after.RuntimeStatus, after.LastUpdatedAt));
    }

    [Fact]
    public async Task TryStartAsync_ManyAtOnce_OneStarts()
    {
        var starts = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => StartAsync("a", $"{i}"))));

        Assert.Single(starts, started => started);
        var winner = Array.IndexOf(starts, true);
        Assert.Equal($"{winner}", (await _engine.GetAsync("a")).ReadInputAs<string>());
    }

    [Fact]
    public async Task TryStartAsync_EngineThatTellsLosersThatTheyWon_InputShowsWhoDid()
    {
        await using var engine = await NewEngine(new EngineOptions { TestSwitches = new() { LosingStartSucceeds = true } }).StartAsync();

        Assert.True(await engine.Client.TryStartAsync("Flow", "a", "first", default));
        Assert.True(await engine.Client.TryStartAsync("Flow", "a", "second", default));

        Assert.Equal("first", (await engine.GetAsync("a")).ReadInputAs<string>());
    }

    [Fact]
    public async Task TryStartAsync_IdIsNotAllowed_IsTroubleAndNotAnAnswer() =>
        await Assert.ThrowsAsync<ArgumentException>(() => StartAsync("@a", "first"));

    [Fact]
    public async Task TryRaiseEventAsync_Running_IsDelivered()
    {
        await StartAsync("a", "first");

        Assert.Equal(EventDelivery.Delivered, await RaiseAsync("a", "ok"));
        Assert.Equal("ok", (await _engine.EndAsync("a")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task TryRaiseEventAsync_Suspended_IsDelivered()
    {
        await BringToAsync("a", "suspended");

        Assert.Equal(EventDelivery.Delivered, await RaiseAsync("a", "ok"));
        await _engine.Client.ResumeInstanceAsync("a");
        Assert.Equal("ok", (await _engine.EndAsync("a")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task TryRaiseEventAsync_NoSuchInstance_IsUnknown() =>
        Assert.Equal(EventDelivery.Unknown, await RaiseAsync("nobody", "ok"));

    [Theory]
    [InlineData("completed")]
    [InlineData("failed")]
    [InlineData("terminated")]
    public async Task TryRaiseEventAsync_Ended_IsFinished(string state)
    {
        await BringToAsync("a", state);

        Assert.Equal(EventDelivery.Finished, await RaiseAsync("a", "ok"));
    }

    [Fact]
    public async Task TryRaiseEventAsync_EngineStopped_Throws()
    {
        await StartAsync("a", "first");
        var client = _engine.Client;
        await _engine.StopAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => client.TryRaiseEventAsync("a", "Go", "ok", default));
    }

    private EngineHost NewEngine(EngineOptions options) => new EngineHost(options, _time).Orchestrator("Flow", async context =>
    {
        var word = await context.WaitForExternalEvent<string>("Go");
        return word == "fail" ? throw new InvalidOperationException("As asked.") : word;
    });

    private async Task BringToAsync(string id, string state)
    {
        await StartAsync(id, "first");
        await _engine.Client.WaitForInstanceStartAsync(id);
        switch (state)
        {
            case "suspended": await _engine.Client.SuspendInstanceAsync(id); return;
            case "completed": await _engine.Client.RaiseEventAsync(id, "Go", "ok"); break;
            case "failed": await _engine.Client.RaiseEventAsync(id, "Go", "fail"); break;
            case "terminated": await _engine.Client.TerminateInstanceAsync(id); break;
            default: return;
        }

        await _engine.EndAsync(id);
    }

    private Task<bool> StartAsync(string id, string input) => _engine.Client.TryStartAsync("Flow", id, input, default);

    private Task<EventDelivery> RaiseAsync(string id, string word) => _engine.Client.TryRaiseEventAsync(id, "Go", word, default);
}
