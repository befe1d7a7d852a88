using System.Globalization;
using System.Text.Json;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using OviFunctions.Embedded.Engine;

namespace OviFunctions.Bench.Space;

/// <summary>
/// What a delivered video job of the app leaves, in instances, turns and lengths of payloads: as in the tests' recorded history
/// <c>delivered.json</c>, but that the payment is there at the first look and that no time is waited. 4 instances, 25 turns.
/// </summary>
internal static class VideoJob
{
    private const int LooksAtTheProvider = 5;
    private const int AttemptInput = 609;
    private const int AttemptOutput = 315;
    private const int HookInput = 141;
    private const int HookStatus = 102;
    private const int Status = 680;
    private const int Input = 1350;
    private const int Payers = 1000;

    /// <summary>Activities and the lengths of their results as JSON.</summary>
    private static readonly Dictionary<string, int> Results = new()
    {
        ["PrepareImage"] = 222,
        ["SettlePayment"] = 29,
        ["CheckPayment"] = 99,
        ["SubmitToProvider"] = 158,
        ["ReadFromProvider"] = 62,
        ["StoreVideo"] = 311,
        ["RecordOutcome"] = 561,
        ["DeliverWebhook"] = 100,
    };

    /// <param name="client">The engine's client, which is there before the first activity runs.</param>
    public static FunctionTable Functions(Func<DurableTaskClient> client)
    {
        var functions = new FunctionTable();
        foreach (var (name, length) in Results)
        {
            var result = JsonSerializer.Serialize(Text(length));
            functions.Activities[name] = (_, _) => Task.FromResult<string?>(result);
        }

        functions.Activities["StartWebhook"] = async (invocation, cancellation) =>
        {
            var id = $"hook_{invocation.InstanceId}_{JsonSerializer.Deserialize<string>(invocation.Input!)}";
            await client().ScheduleNewOrchestrationInstanceAsync(
                "WebhookOrchestrator", Text(HookInput), new StartOrchestrationOptions(id), cancellation);
            return "true";
        };
        functions.Orchestrators["VideoJobOrchestrator"] = RunJobAsync;
        functions.Orchestrators["ProviderAttemptOrchestrator"] = RunAttemptAsync;
        functions.Orchestrators["WebhookOrchestrator"] = RunHookAsync;
        return functions;
    }

    /// <summary>Runs a job to its end; its last webhook may still be under way.</summary>
    public static async Task RunAsync(DurableTaskClient client, int number)
    {
        // As the app's ids are: the jobs of a payer lie together, and the payers come in no order.
        var payer = new Dice((ulong)number).Roll(0, Payers - 1);
        var id = string.Create(CultureInfo.InvariantCulture, $"job_{payer:d10}{number:d26}");
        await client.ScheduleNewOrchestrationInstanceAsync("VideoJobOrchestrator", Text(Input), new StartOrchestrationOptions(id));
        var end = await client.WaitForInstanceCompletionAsync(id);
        if (end.RuntimeStatus != OrchestrationRuntimeStatus.Completed)
            throw new InvalidOperationException($"{id} is {end.RuntimeStatus}: {end.FailureDetails}");
    }

    private static async Task<string?> RunJobAsync(TaskOrchestrationContext context)
    {
        await context.CallActivityAsync("PrepareImage", Text(AttemptInput));
        await context.CallActivityAsync("SettlePayment", Text(AttemptInput));
        await context.CallActivityAsync("CheckPayment", Text(AttemptInput));
        var told = context.CallActivityAsync("StartWebhook", "job.running");
        await context.CallSubOrchestratorAsync(
            "ProviderAttemptOrchestrator", Text(AttemptInput), new SubOrchestrationOptions(instanceId: $"att_{context.InstanceId}_0"));
        await told;
        await context.CallActivityAsync("RecordOutcome", Text(AttemptInput));
        await context.CallActivityAsync("StartWebhook", "job.succeeded");
        context.SetCustomStatus(Text(Status));
        return JsonSerializer.Serialize(Text(Status));
    }

    private static async Task<string?> RunAttemptAsync(TaskOrchestrationContext context)
    {
        await context.CallActivityAsync("SubmitToProvider", Text(AttemptInput));
        for (var look = 0; look < LooksAtTheProvider; look++)
        {
            await context.CreateTimer(TimeSpan.FromMilliseconds(1), CancellationToken.None);
            await context.CallActivityAsync("ReadFromProvider", Text(AttemptInput));
        }

        await context.CallActivityAsync("StoreVideo", Text(AttemptInput));
        return JsonSerializer.Serialize(Text(AttemptOutput));
    }

    private static async Task<string?> RunHookAsync(TaskOrchestrationContext context)
    {
        await context.CallActivityAsync("DeliverWebhook", Text(HookInput));
        context.SetCustomStatus(Text(HookStatus));
        return JsonSerializer.Serialize(Text(HookStatus));
    }

    /// <summary>A text of so many characters as JSON.</summary>
    private static string Text(int length) => new('x', length - 2);
}
