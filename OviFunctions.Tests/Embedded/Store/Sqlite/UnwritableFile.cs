using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OviFunctions.Tests.Embedded.Store.Sqlite;

/// <summary>
/// Makes each write to a file that this process has open fail with an I/O error, while reads succeed, until disposed: its descriptors
/// are replaced by read-only ones. Linux.
/// </summary>
internal sealed class UnwritableFile : IDisposable
{
    private readonly List<(int Descriptor, int Original)> _replaced = [];

    public UnwritableFile(string path)
    {
        using var readOnly = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var substitute = (int)readOnly.SafeFileHandle.DangerousGetHandle();
        foreach (var link in Directory.EnumerateFiles("/proc/self/fd").ToArray())
        {
            var descriptor = int.Parse(Path.GetFileName(link), System.Globalization.CultureInfo.InvariantCulture);
            if (descriptor == substitute || new FileInfo(link).LinkTarget != path) continue;
            _replaced.Add((descriptor, Duplicate(descriptor)));
            Assert.Equal(descriptor, Replace(substitute, descriptor));
        }

        Assert.NotEmpty(_replaced);
    }

    public void Dispose()
    {
        foreach (var (descriptor, original) in _replaced)
        {
            Assert.Equal(descriptor, Replace(original, descriptor));
            new SafeFileHandle(original, ownsHandle: true).Dispose();
        }
    }

    [DllImport("libc", EntryPoint = "dup")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Duplicate(int descriptor);

    [DllImport("libc", EntryPoint = "dup2")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Replace(int source, int target);
}
