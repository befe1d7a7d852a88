using System.ComponentModel;
using System.Diagnostics;

namespace OviFunctions.Tests.Embedded.Bench;

/// <summary>A test that traces a process; it is skipped, and says why, where there is no strace or it may not trace, as in some containers.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactWithStraceAttribute : FactAttribute
{
    private static readonly string? Problem = Try();

    public FactWithStraceAttribute() => Skip = Problem;

    private static string? Try()
    {
        try
        {
            var info = new ProcessStartInfo("strace", ["-o", "/dev/null", "true"]) { RedirectStandardError = true };
            using var strace = Process.Start(info)!;
            var words = strace.StandardError.ReadToEnd();
            strace.WaitForExit();
            return strace.ExitCode == 0 ? null : $"strace may not trace here: {words.Trim()}";
        }
        catch (Win32Exception)
        {
            return "There is no strace on the PATH.";
        }
    }
}
