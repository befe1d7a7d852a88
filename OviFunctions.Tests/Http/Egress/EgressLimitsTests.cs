using System.Reflection;
using Microsoft.AspNetCore.Http;
using OviFunctions.Configuration;
using OviFunctions.Http.Egress;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Http.Egress;

/// <summary>The size and time limits of <see cref="EgressGuard"/>, and connections that break.</summary>
public sealed class EgressLimitsTests : EgressTestBase
{
    [Fact]
    public async Task GetAsync_DeclaredBodyTooLarge_FailedBeforeReading()
    {
        await using var server = await LoopbackServer.StartAsync(context =>
        {
            context.Response.ContentLength = 2000;
            return context.Response.Body.WriteAsync(new byte[2000]).AsTask();
        });
        using var guard = NewGuard(server.Port);

        var failed = Assert.IsType<EgressResult.Failed>(await GetAsync(guard, $"http://{Host}:{server.Port}/"));

        Assert.Equal(EgressFailure.TooLarge, failed.Reason);
    }

    [Fact]
    public async Task Content_UndeclaredBodyTooLarge_ThrowsWithTheFailure()
    {
        await using var server = await LoopbackServer.StartAsync(context => context.Response.Body.WriteAsync(new byte[2000]).AsTask());
        using var guard = NewGuard(server.Port);
        using var response = Assert.IsType<EgressResult.Ok>(await GetAsync(guard, $"http://{Host}:{server.Port}/")).Response;

        var error = await Assert.ThrowsAsync<EgressReadException>(() => response.Content.CopyToAsync(Stream.Null));

        Assert.Equal(EgressFailure.TooLarge, error.Failure.Reason);
    }

    [Fact]
    public async Task GetAsync_NoAnswerInTime_FailedTimeout()
    {
        var arrived = new TaskCompletionSource();
        await using var server = await LoopbackServer.StartAsync(async context =>
        {
            arrived.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        using var guard = NewGuard(server.Port);

        var fetch = GetAsync(guard, $"http://{Host}:{server.Port}/");
        await arrived.Task;
        Time.Advance(TimeSpan.FromSeconds(21));

        Assert.Equal(EgressFailure.Timeout, Assert.IsType<EgressResult.Failed>(await fetch).Reason);
    }

    [Fact]
    public async Task Content_BodyThatStalls_ThrowsTimeout()
    {
        await using var server = await LoopbackServer.StartAsync(async context =>
        {
            await context.Response.WriteAsync("begin");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        using var guard = NewGuard(server.Port);
        using var response = Assert.IsType<EgressResult.Ok>(await GetAsync(guard, $"http://{Host}:{server.Port}/")).Response;
        var buffer = new byte[100];
        await response.Content.ReadExactlyAsync(buffer.AsMemory(0, 5));

        var read = response.Content.ReadAsync(buffer).AsTask();
        Time.Advance(TimeSpan.FromSeconds(21));

        Assert.Equal(EgressFailure.Timeout, (await Assert.ThrowsAsync<EgressReadException>(() => read)).Failure.Reason);
    }

    [Fact]
    public async Task Content_ConnectionBreaks_ThrowsConnect()
    {
        var begun = new TaskCompletionSource();
        await using var server = await LoopbackServer.StartAsync(async context =>
        {
            context.Response.ContentLength = 100;
            await context.Response.WriteAsync("begin");
            await context.Response.Body.FlushAsync();
            await begun.Task;
            context.Abort();
        });
        using var guard = NewGuard(server.Port);
        using var response = Assert.IsType<EgressResult.Ok>(await GetAsync(guard, $"http://{Host}:{server.Port}/")).Response;
        begun.SetResult();

        var error = await Assert.ThrowsAsync<EgressReadException>(() => response.Content.CopyToAsync(Stream.Null));

        Assert.Equal(EgressFailure.Connect, error.Failure.Reason);
    }

    [Fact]
    public void ProviderMedia_LargestVideoThatTheSettingsAllow_IsRead()
    {
        var setting = typeof(JobSettings).GetProperty(nameof(JobSettings.MaxVideoMegabytes))!.GetCustomAttribute<SettingAttribute>()!;

        Assert.InRange((long)setting.Max << 20, 1, EgressPolicy.For(EgressPurpose.ProviderMedia).MaxBytes);
    }

    [Fact]
    public async Task GetAsync_CallerCancels_Throws()
    {
        await using var server = await LoopbackServer.StartAsync(context =>
            Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        using var guard = NewGuard(server.Port);
        using var cancel = new CancellationTokenSource();

        var fetch = guard.GetAsync(EgressPurpose.Image, $"http://{Host}:{server.Port}/", cancel.Token);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetch);
    }
}
