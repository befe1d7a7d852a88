using Microsoft.Azure.Functions.Worker;
using OviFunctions.Http.SignIn;
using OviFunctions.Jobs;
using OviFunctions.Storage;

namespace OviFunctions.Functions;

/// <summary>Forgets used sign-ins that would be too old by now: a nonce has to be remembered for minutes, not for ever.</summary>
public sealed class SweepSignInsFunction(IRecordStore records, TimeProvider clock)
{
    [Function("SweepSignIns")]
    public async Task RunAsync([TimerTrigger("30 */5 * * * *")] TimerInfo timer, CancellationToken cancellationToken)
    {
        var before = clock.GetUtcNow() - WalletSignIn.Memory;
        await foreach (var (name, writtenAt) in records.ListAsync(RecordNames.SignIns, cancellationToken))
        {
            if (writtenAt < before) await records.DeleteAsync(name, cancellationToken);
        }
    }
}
