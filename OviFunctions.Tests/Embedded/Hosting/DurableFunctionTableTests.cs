using System.Text.Json;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Moq;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Hosting;
using OviFunctions.Embedded.Hosting.Discovery;
using OviFunctions.Tests.Embedded.Hosting.Support;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Embedded.Hosting;

/// <summary>What the engine gets to run: names, inputs and outputs as JSON.</summary>
public sealed class DurableFunctionTableTests : IAsyncLifetime
{
    private readonly DurableTaskClient _client = new Mock<DurableTaskClient>("test").Object;
    private readonly ManualTimeProvider _time = new();
    private TestApp _app = null!;
    private FunctionTable _table = null!;

    public async Task InitializeAsync()
    {
        _app = await TestApp.StartAsync(
            builder =>
            {
                builder.Services.AddSingleton(_client);
                builder.Services.AddSingleton<TimeProvider>(_time);
                builder.Services.AddScoped<DisposableService>();
                builder.Configuration["AzureFunctionsJobHost:functionTimeout"] = "00:00:05";
            },
            typeof(DurableFunctions));
        var services = _app.Host.Services;
        _table = services.GetRequiredService<DurableFunctionTable>().Fill(services.GetRequiredService<FunctionCatalog>());
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public void Fill_Functions_AreKnownByTheirTaskNamesWhateverTheCase()
    {
        Assert.Equal(["Flow", "Plain", "Renamed", "Text"], _table.Orchestrators.Keys.Order());
        Assert.Contains("FLOW", _table.Orchestrators.Keys, _table.Orchestrators.Comparer);
        Assert.Contains("charge-card", _table.Activities.Keys, _table.Activities.Comparer);
        Assert.DoesNotContain("Charge", _table.Activities.Keys, _table.Activities.Comparer);
    }

    [Theory]
    [InlineData("Charge-Card", """{"amount":5,"CURRENCY":"USDC"}""", """{"Amount":10,"Currency":"USDC"}""")]
    [InlineData("Charge-Card", null, null)]
    [InlineData("Double", "21", "42")]
    [InlineData("Double", null, "0")]
    [InlineData("Instance", "\"x\"", "\"job_1/x\"")]
    [InlineData("Nothing", "1", null)]
    [InlineData("Derived", "1", """{"More":2,"Amount":1,"Currency":null}""")]
    public async Task Activity_Input_IsReadAndOutputWrittenAsTheWorkerDoes(string name, string? input, string? output) =>
        Assert.Equal(output, await RunAsync(name, input));

    [Fact]
    public async Task Activity_InputOfAnotherShape_Fails() =>
        await Assert.ThrowsAsync<JsonException>(() => RunAsync("Double", "\"x\""));

    [Fact]
    public async Task Activity_Throws_FailsWithItsOwnException()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync("Fails", "1"));

        Assert.Equal("declined", failure.Message);
    }

    [Fact]
    public async Task Activity_Scope_IsItsOwnAndDisposedAfterwards()
    {
        var before = DisposableService.Disposed;

        Assert.Equal("true", await RunAsync("Scope", null));

        Assert.Equal(before + 1, DisposableService.Disposed);
    }

    [Fact]
    public async Task Activity_ExceedsTheTimeout_ItsTokenIsCancelled()
    {
        var run = RunAsync("Hangs", null);
        await Eventually.TrueAsync(() => _time.PendingTimers == 2);

        _time.Advance(TimeSpan.FromSeconds(5));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Theory]
    [InlineData("Deaf")]
    [InlineData("DeafThread")]
    public async Task Activity_ExceedsTheTimeoutAndDoesNotListen_FailsAllTheSame(string name)
    {
        var run = RunAsync(name, null);
        await DurableFunctions.DeafRuns.WaitAsync(TimeSpan.FromSeconds(20));
        await Eventually.TrueAsync(() => _time.PendingTimers == 2);

        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.False(run.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(5));

        var failure = await Assert.ThrowsAsync<TimeoutException>(() => run.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Contains($"'{name}' runs longer than functionTimeout in host.json allows (00:00:05)", failure.Message, StringComparison.Ordinal);
        DurableFunctions.DeafMayEnd.Release();
    }

    [Fact]
    public async Task Activity_EngineStops_ItsTokenIsCancelled()
    {
        using var stopping = new CancellationTokenSource();
        var run = _table.Activities["Hangs"](new ActivityInvocation("Hangs", "job_1", 0, null), stopping.Token);

        await stopping.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Orchestrator_Input_IsReadFromItsContext()
    {
        var context = new Mock<TaskOrchestrationContext>();
        context.Setup(c => c.GetInput<Payment>()).Returns(new Payment(7, "USDC"));
        context.Setup(c => c.CallActivityAsync<int>("Double", 7, null)).ReturnsAsync(14);

        Assert.Equal("""{"Amount":14,"Currency":"USDC"}""", await _table.Orchestrators["Flow"](context.Object));
    }

    [Theory]
    [InlineData("Plain", null)]
    [InlineData("Text", "\"done\"")]
    public async Task Orchestrator_Result_IsTheOutput(string name, string? output) =>
        Assert.Equal(output, await _table.Orchestrators[name](new Mock<TaskOrchestrationContext>().Object));

    [Fact]
    public async Task Orchestrator_MiddlewareInFrontOfItGoesAsync_FailsTheInstance()
    {
        await using var app = await TestApp.StartAsync(
            builder => builder.UseMiddleware(async (_, next) =>
            {
                await new TaskCompletionSource().Task;
                await next();
            }),
            typeof(DurableFunctions));
        var services = app.Host.Services;
        var client = services.GetRequiredService<DurableTaskClient>();

        var id = await client.ScheduleNewOrchestrationInstanceAsync("Text");

        var end = await client.WaitForInstanceCompletionAsync(id).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Contains("not durable", end.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    /// <summary>An orchestrator's code must stay on its thread; so must all that the host wraps around it.</summary>
    [Fact]
    public async Task Orchestrator_AwaitsTheContext_GoesOnWhereItsTaskIsCompleted()
    {
        var answer = new TaskCompletionSource<int>();
        var context = new Mock<TaskOrchestrationContext>();
        context.Setup(c => c.GetInput<Payment>()).Returns(new Payment(7, "USDC"));
        context.Setup(c => c.CallActivityAsync<int>("Double", 7, null)).Returns(answer.Task);

        var run = _table.Orchestrators["Flow"](context.Object);
        Assert.False(run.IsCompleted);
        answer.SetResult(14);

        Assert.True(run.IsCompletedSuccessfully);
        await run;
    }

    private Task<string?> RunAsync(string name, string? input) =>
        _table.Activities[name](new ActivityInvocation(name, "job_1", 0, input), CancellationToken.None);
}

internal record Payment(int Amount, string? Currency);

internal sealed record DerivedPayment(int Amount, int More) : Payment(Amount, null);

internal sealed class DisposableService : IDisposable
{
    private static int _disposed;

    public static int Disposed => Volatile.Read(ref _disposed);

    public bool IsDisposed { get; private set; }

    public void Dispose()
    {
        IsDisposed = true;
        Interlocked.Increment(ref _disposed);
    }
}

internal static class DurableFunctions
{
    /// <summary>Counts the activities that have begun not to listen.</summary>
    public static readonly SemaphoreSlim DeafRuns = new(0);

    public static readonly SemaphoreSlim DeafMayEnd = new(0);

    [Function("Flow")]
    public static async Task<Payment> FlowAsync(
        [OrchestrationTrigger] TaskOrchestrationContext context, FunctionContext function, Payment payment) =>
        payment with { Amount = await context.CallActivityAsync<int>("Double", payment.Amount) };

    [Function("Plain")]
    public static Task PlainAsync([OrchestrationTrigger] TaskOrchestrationContext context, FunctionContext function) => Task.CompletedTask;

    [Function("Text")]
    public static string Text([OrchestrationTrigger] TaskOrchestrationContext context) => "done";

    [Function("Original")]
    public static void Original([OrchestrationTrigger(Orchestration = "Renamed")] TaskOrchestrationContext context) { }

    [Function("Charge")]
    public static Payment? Charge([ActivityTrigger(Activity = "Charge-Card")] Payment? payment) =>
        payment is null ? null : payment with { Amount = payment.Amount * 2 };

    [Function("Double")]
    public static ValueTask<int> DoubleAsync([ActivityTrigger] int number) => new(number * 2);

    [Function("Instance")]
    public static Task<string> InstanceAsync([ActivityTrigger] string input, string instanceId, [DurableClient] DurableTaskClient client) =>
        Task.FromResult($"{instanceId}/{input}");

    [Function("Nothing")]
    public static Task NothingAsync([ActivityTrigger] int input) => Task.CompletedTask;

    [Function("Derived")]
    public static Payment Derived([ActivityTrigger] int input) => new DerivedPayment(input, input + 1);

    [Function("Fails")]
    public static void Fail([ActivityTrigger] int input) => throw new InvalidOperationException("declined");

    [Function("Scope")]
    public static bool Scope([ActivityTrigger] string? input, FunctionContext context) =>
        context.InstanceServices.GetRequiredService<DisposableService>() is { IsDisposed: false };

    [Function("Hangs")]
    public static Task HangAsync([ActivityTrigger] string? input, CancellationToken cancellationToken) =>
        Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);

    [Function("Deaf")]
    public static Task DeafAsync([ActivityTrigger] string? input)
    {
        DeafRuns.Release();
        return DeafMayEnd.WaitAsync(CancellationToken.None);
    }

    [Function("DeafThread")]
    public static void DeafThread([ActivityTrigger] string? input)
    {
        DeafRuns.Release();
        DeafMayEnd.Wait(CancellationToken.None);
    }
}
