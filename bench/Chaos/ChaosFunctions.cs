using System.Text.Json;
using Microsoft.DurableTask;
using OviFunctions.Embedded.Engine;

namespace OviFunctions.Bench.Chaos;

/// <summary>
/// Orchestrations of every shape. Each returns, in order, all that it was told: the results of its activities, which name their call
/// and the one run that they come from, and the payloads of its events. So its output shows what was applied, and how often.
/// </summary>
/// <param name="generation">Which start of the process this is.</param>
/// <param name="ran">Hears of each run before its result can be recorded: the call, the result, and what the call was made from.</param>
internal sealed class ChaosFunctions(int generation, Action<string, string, IReadOnlyList<string>> ran)
{
    /// <summary>The name of the event that <see cref="Collect"/> takes.</summary>
    public const string Item = "item";

    /// <summary>The item after which <see cref="Collect"/> ends.</summary>
    public const string End = "end";

    /// <summary>Stands between a call and its run in the result of an activity that succeeded.</summary>
    public const char Success = '@';

    /// <summary>The same in the message of one that failed.</summary>
    public const char Failure = '!';

    public static readonly JsonSerializerOptions Json = new() { PropertyNameCaseInsensitive = true };

    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(5);

    private int _runs;

    internal sealed record Call(string Name, IReadOnlyList<string> Uses);

    internal sealed record Round(int Left, IReadOnlyList<string> Told);

    internal sealed record Collected(IReadOnlyList<string> Told, int Ticks);

    internal sealed record Sending(string Target, int Items);

    public FunctionTable Table()
    {
        var table = new FunctionTable();
        Func<TaskOrchestrationContext, Task<List<string>>>[] orchestrators = [Sequence, FanOut, Nest, Retry, Rounds, Collect, Send];
        foreach (var orchestrator in orchestrators)
            table.Orchestrators[orchestrator.Method.Name] = async context => JsonSerializer.Serialize(await orchestrator(context), Json);
        table.Activities["Work"] = (invocation, _) => Task.FromResult<string?>(Run(invocation, fails: _ => false));
        table.Activities["Flaky"] = (invocation, _) => Task.FromResult<string?>(Run(invocation, fails: run => run % 3 != 0));
        return table;
    }

    private string Run(ActivityInvocation invocation, Predicate<int> fails)
    {
        var call = JsonSerializer.Deserialize<Call>(invocation.Input!, Json)!;
        var run = Interlocked.Increment(ref _runs);
        var failed = fails(run);
        var result = $"{call.Name}{(failed ? Failure : Success)}{generation}.{run}";
        ran(call.Name, result, call.Uses);
        return failed ? throw new InvalidOperationException(result) : JsonSerializer.Serialize(result, Json);
    }

    private static Task<string> WorkAsync(TaskOrchestrationContext context, string step, IEnumerable<string> uses) =>
        context.CallActivityAsync<string>("Work", new Call($"{context.InstanceId}/{step}", [.. uses]));

    /// <summary>One after another, each made from the result before it, with timers between.</summary>
    public static async Task<List<string>> Sequence(TaskOrchestrationContext context)
    {
        var told = new List<string>();
        for (var step = 0; step < context.GetInput<int>(); step++)
        {
            told.Add(await WorkAsync(context, $"{step}", told.TakeLast(1)));
            if (step % 2 == 0) await context.CreateTimer(Moment, CancellationToken.None);
        }

        return told;
    }

    /// <summary>Many at once, then one that is made from all.</summary>
    public static async Task<List<string>> FanOut(TaskOrchestrationContext context)
    {
        var results = await Task.WhenAll(Enumerable.Range(0, context.GetInput<int>()).Select(step => WorkAsync(context, $"{step}", [])));
        return [.. results, await WorkAsync(context, "join", results)];
    }

    /// <summary>Sub-orchestrations at once, then an activity that is made from all that they did.</summary>
    public static async Task<List<string>> Nest(TaskOrchestrationContext context)
    {
        var children = Enumerable.Range(0, context.GetInput<int>()).Select(child => context.CallSubOrchestratorAsync<string[]>(
            child % 2 == 0 ? nameof(Sequence) : nameof(FanOut), 2, new SubOrchestrationOptions(instanceId: $"{context.InstanceId}-{child}")));
        var told = (await Task.WhenAll(children)).SelectMany(child => child).ToArray();
        return [.. told, await WorkAsync(context, "join", told)];
    }

    /// <summary>Activities that fail until they do not.</summary>
    public static async Task<List<string>> Retry(TaskOrchestrationContext context)
    {
        var told = new List<string>();
        var policy = new RetryPolicy(1000, Moment)
        {
            HandleFailure = failure =>
            {
                told.Add(failure.ErrorMessage);
                return true;
            },
        };
        for (var step = 0; step < context.GetInput<int>(); step++)
        {
            var call = new Call($"{context.InstanceId}/{step}", [.. told.TakeLast(1)]);
            told.Add(await context.CallActivityAsync<string>("Flaky", call, TaskOptions.FromRetryPolicy(policy)));
        }

        return told;
    }

    /// <summary>A history for each activity.</summary>
    public static async Task<List<string>> Rounds(TaskOrchestrationContext context)
    {
        var round = context.GetInput<Round>()!;
        var result = await WorkAsync(context, $"{round.Told.Count}", round.Told.TakeLast(1));
        List<string> told = [.. round.Told, result];
        if (round.Left > 1) context.ContinueAsNew(new Round(round.Left - 1, told));
        return told;
    }

    /// <summary>Events against timers, an activity for whichever wins, and a new history now and then, until the last event.</summary>
    public static async Task<List<string>> Collect(TaskOrchestrationContext context)
    {
        var collected = context.GetInput<Collected>()!;
        var (told, ticks) = (collected.Told.ToList(), collected.Ticks);
        for (var round = 0; round < 4; round++)
        {
            try
            {
                var item = await context.WaitForExternalEvent<string>(Item, Moment * Math.Pow(2, Math.Min(ticks, 8)));
                if (item == End) return told;
                told.Add(item);
                told.Add(await WorkAsync(context, $"after-{item}", [item]));
            }
            catch (TaskCanceledException)
            {
                told.Add(await WorkAsync(context, $"tick-{ticks++}", []));
            }
        }

        context.ContinueAsNew(new Collected(told, ticks));
        return told;
    }

    /// <summary>Events to another instance.</summary>
    public static async Task<List<string>> Send(TaskOrchestrationContext context)
    {
        var sending = context.GetInput<Sending>()!;
        var told = new List<string>();
        for (var item = 0; item < sending.Items; item++)
        {
            context.SendEvent(sending.Target, Item, $"{context.InstanceId}:{item}");
            if (item % 2 == 0) told.Add(await WorkAsync(context, $"{item}", []));
        }

        return told;
    }
}
