using Microsoft.DurableTask.Client;
using Moq;
using OviFunctions.Hosting;

namespace OviFunctions.Tests.Hosting;

/// <summary>Engines that refuse an event in their own ways, at the worst moment: after the instance was looked up.</summary>
public sealed class EventDeliveryTests
{
    private readonly Mock<DurableTaskClient> _client = new("test");

    public static TheoryData<Exception> Refusals =>
    [
        new ArgumentException("No instance with ID 'a' was found."),
        new InvalidOperationException("The orchestration instance with the provided instance id is not running."),
        new IOException("Status(StatusCode=\"Unknown\", Detail=\"Exception was thrown by handler.\")"),
    ];

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task TryRaiseEventAsync_RefusedAndTheInstanceHasEndedSince_IsFinished(Exception refusal)
    {
        Instance(OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Completed);
        Refuse(refusal);

        Assert.Equal(EventDelivery.Finished, await RaiseAsync());
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task TryRaiseEventAsync_RefusedAndTheInstanceIsGone_IsUnknown(Exception refusal)
    {
        Instance(OrchestrationRuntimeStatus.Running, null);
        Refuse(refusal);

        Assert.Equal(EventDelivery.Unknown, await RaiseAsync());
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task TryRaiseEventAsync_RefusedAndTheInstanceStillRuns_IsTroubleSoThatTheCallerTriesAgain(Exception refusal)
    {
        Instance(OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Running);
        Refuse(refusal);

        Assert.Same(refusal, await Assert.ThrowsAnyAsync<Exception>(RaiseAsync));
    }

    [Fact]
    public async Task TryRaiseEventAsync_EngineThatDropsSuchEventsInSilence_IsNotAsked()
    {
        Instance(OrchestrationRuntimeStatus.Terminated);

        Assert.Equal(EventDelivery.Finished, await RaiseAsync());
        _client.Verify(c => c.RaiseEventAsync("a", "Go", It.IsAny<object>(), It.IsAny<CancellationToken>()), Times.Never);
    }

    private void Instance(params OrchestrationRuntimeStatus?[] states)
    {
        var looks = new Queue<OrchestrationRuntimeStatus?>(states);
        _client.Setup(c => c.GetInstanceAsync("a", false, It.IsAny<CancellationToken>())).ReturnsAsync(() =>
            looks.Dequeue() is { } state ? new OrchestrationMetadata("Flow", "a") { RuntimeStatus = state } : null);
    }

    private void Refuse(Exception refusal) =>
        _client.Setup(c => c.RaiseEventAsync("a", "Go", It.IsAny<object>(), It.IsAny<CancellationToken>())).ThrowsAsync(refusal);

    private Task<EventDelivery> RaiseAsync() => _client.Object.TryRaiseEventAsync("a", "Go", "ok", default);
}
