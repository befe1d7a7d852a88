using System.Globalization;

namespace OviFunctions.Tests.DevStack.Support;

/// <summary>Who descends from a process, as Linux tells it; nobody elsewhere.</summary>
internal static class ProcessTree
{
    public static IReadOnlyList<int> DescendantsOf(int pid)
    {
        var parents = Parents();
        var found = new List<int> { pid };
        for (var i = 0; i < found.Count; i++) found.AddRange(parents.Where(pair => pair.Value == found[i]).Select(pair => pair.Key));
        return found[1..];
    }

    public static bool IsAlive(int pid) => Directory.Exists($"/proc/{pid}");

    // proc_pid_stat(5): the parent is the second field after the name, which is in parentheses and may hold anything.
    private static Dictionary<int, int> Parents()
    {
        var parents = new Dictionary<int, int>();
        if (!OperatingSystem.IsLinux()) return parents;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)) continue;
            try
            {
                var stat = File.ReadAllText(Path.Combine(folder, "stat"));
                parents[pid] = int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
            }
            catch (IOException)
            {
                // It has ended since it was listed.
            }
        }

        return parents;
    }
}
