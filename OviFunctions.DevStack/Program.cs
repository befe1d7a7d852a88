using System.Runtime.InteropServices;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Parts;

using var ending = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, End);
Loopback.ExemptFromProxies();
return await new StackProgram(Console.Out, Console.Error, TimeProvider.System).RunAsync(args, ending.Token);

// Not the runtime's own way, which would end us before the parts have ended.
void End(PosixSignalContext signal)
{
    signal.Cancel = true;
    ending.Cancel();
}
