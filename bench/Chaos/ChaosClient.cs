using System.Text.Json;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Bench.Chaos;

/// <summary>
/// A client that does not give up: a request whose answer a kill took is made again to the next process. A start has its id, so the
/// second one changes nothing; an event is sent anew, with a payload of its own.
/// </summary>
/// <param name="ledger">Gets what was sent and what came back.</param>
/// <param name="givenUp">Set when nothing moves any more.</param>
internal sealed class ChaosClient(HostProcess first, Ledger ledger, CancellationToken givenUp)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private volatile HostProcess _host = first;

    /// <summary>Where storage fails on purpose: tells when a refused request is made again. Null: a refusal is an answer.</summary>
    public TimeProvider? RepeatsRefused { get; init; }

    public void MoveTo(HostProcess next)
    {
        var last = _host;
        _host = next;
        last.SucceedBy(next);
    }

    /// <summary>Starts an instance, sends it what it waits for, and records what it returns.</summary>
    public async Task RunAsync(ChaosJob job)
    {
        if (!await StartAsync(job)) return;
        if (job.Sender is { } sender)
        {
            await Task.WhenAll(RunAsync(sender), SendAsync(job));
            await RaiseAsync(job.Id, _ => ChaosFunctions.End);
        }

        if (await AskAsync(_ => ["end", job.Id]) is ["Completed", var output])
            ledger.Finished(job, JsonSerializer.Deserialize<string[]>(output)!);
        else
            ledger.Wrong($"{job.Id} was started and did not complete.");
    }

    private async Task<bool> StartAsync(ChaosJob job)
    {
        var answer = await AskAsync(_ => ["start", job.Id, job.Name, job.Input]);
        if (answer is ["started" or "exists"]) return true;
        ledger.Wrong($"{job.Id} could not be started: {string.Join(' ', answer)}");
        return false;
    }

    private async Task SendAsync(ChaosJob job)
    {
        for (var item = 0; item < job.Items; item++)
        {
            var number = item;
            if (!await RaiseAsync(job.Id, attempt => $"{job.Id}:{number}.{attempt}")) return;
        }
    }

    private async Task<bool> RaiseAsync(string target, Func<int, string> payload)
    {
        var last = -1;
        var answer = await AskAsync(attempt =>
        {
            if (last >= 0) ledger.Sent(target, payload(last), isAcknowledged: false);
            last = attempt;
            return ["raise", target, payload(attempt)];
        });

        // The event that ends an instance may have arrived before, without an answer.
        if (answer is ["raised"] || (payload(last) == ChaosFunctions.End && answer is [nameof(InvalidOperationException), _]))
        {
            ledger.Sent(target, payload(last), isAcknowledged: true);
            return true;
        }

        ledger.Wrong($"{target} was started and does not take the event {payload(last)}: {string.Join(' ', answer)}");
        return false;
    }

    /// <param name="request">The request at its n-th try, from 0.</param>
    private async Task<string[]> AskAsync(Func<int, string[]> request)
    {
        var host = _host;
        for (var attempt = 0; ; attempt++)
        {
            var answer = await host.AskAsync(request(attempt)).WaitAsync(givenUp);
            if (answer is null)
                host = await host.Successor.WaitAsync(givenUp);
            else if (RepeatsRefused is { } time && answer is [nameof(InstanceStoreException) or nameof(IntakeRefusedException), ..])
                await Task.Delay(Pause, time, givenUp);
            else
                return answer;
        }
    }
}
