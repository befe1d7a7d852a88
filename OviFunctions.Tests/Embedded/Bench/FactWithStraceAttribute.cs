using System.ComponentModel;
using System.Diagnostics;

namespace OviFunctions.Tests.Embedded.Bench;

/// <summary>A test that traces a process; it is skipped, and says why, where there is no strace or it may not trace, as in some containers.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactWithStraceAttribute : FactAttribute
{
    private static readonly string? Problem = Try();

    public FactWithStraceAttribute() => Skip = Problem;

    /// <summary>Whether it may trace a process that runs already, as it may not everywhere.</summary>
    private static string? Try()
    {
        try
        {
            using var other = Process.Start("sleep", "60");
            var info = new ProcessStartInfo("strace", ["-o", "/dev/null", "-p", $"{other.Id}"]) { RedirectStandardError = true };
            using var strace = Process.Start(info)!;
            var words = strace.StandardError.ReadLine() ?? "";
            strace.Kill();
            other.Kill();
            return words.EndsWith("attached", StringComparison.Ordinal) ? null : $"strace may not trace here: {words}";
        }
        catch (Win32Exception)
        {
            return "There is no strace on the PATH.";
        }
    }
}
