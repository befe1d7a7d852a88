using System.Diagnostics;
using OviFunctions.Embedded.Store;

namespace OviFunctions.Embedded.Engine;

/// <summary>Ends this process at one of its commits, without goodbye, as a crash of the machine does.</summary>
internal sealed class CommitKill(int? before, int? after)
{
    private int _commits;

    /// <summary>For <see cref="EngineTestSwitches.OnCommit"/>; only the thread that commits calls it.</summary>
    public void OnCommit(CommitPhase phase)
    {
        if (phase == CommitPhase.Before) _commits++;
        if (_commits != (phase == CommitPhase.Before ? before : after)) return;
        using var self = Process.GetCurrentProcess();
        self.Kill();
        // The signal may take a moment, in which this commit must not go on.
        using var never = new ManualResetEvent(initialState: false);
        never.WaitOne();
    }
}
