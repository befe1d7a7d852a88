using System.Globalization;
using System.Text.RegularExpressions;

namespace OviFunctions.Tests.Embedded.Bench;

/// <summary>What a process did to its files, as strace saw it. Files are named by their descriptor and path.</summary>
internal abstract partial record SystemCall(string File)
{
    internal sealed record Write(string File, long Offset, byte[] Data) : SystemCall(File);

    internal sealed record Truncate(string File, long Length) : SystemCall(File);

    /// <summary>fsync or fdatasync, when it has returned.</summary>
    internal sealed record Sync(string File) : SystemCall(File);

    /// <summary>The same, with an error.</summary>
    internal sealed record FailedSync(string File) : SystemCall(File);

    /// <summary>Reads the output of <c>strace -f -y -s N -e trace=lseek,write,pwrite64,ftruncate,fsync,fdatasync</c>.</summary>
    public static IEnumerable<SystemCall> Read(IEnumerable<string> trace)
    {
        var positions = new Dictionary<string, long>(StringComparer.Ordinal);
        var unfinished = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in trace)
        {
            if (Resumed().Match(line) is { Success: true } resumed)
            {
                if (unfinished.Remove(resumed.Groups["thread"].Value, out var file)) yield return Synced(file, line);
                continue;
            }

            if (Call().Match(line) is not { Success: true } call) continue;
            var (descriptor, path, arguments) = (call.Groups["descriptor"].Value, call.Groups["path"].Value, call.Groups["arguments"].Value);
            switch (call.Groups["name"].Value)
            {
                case "lseek":
                    positions[descriptor] = Number(arguments.Split(", ")[0]);
                    break;
                case "write":
                    var data = Unescape(arguments);
                    yield return new Write(path, positions.GetValueOrDefault(descriptor), data);
                    positions[descriptor] = positions.GetValueOrDefault(descriptor) + data.Length;
                    break;
                case "pwrite64":
                    yield return new Write(path, Number(LastNumber().Match(arguments).Value), Unescape(arguments));
                    break;
                case "ftruncate":
                    yield return new Truncate(path, Number(LastNumber().Match(arguments).Value));
                    break;
                case "fsync" or "fdatasync" when line.EndsWith("<unfinished ...>", StringComparison.Ordinal):
                    unfinished[call.Groups["thread"].Value] = path;
                    break;
                case "fsync" or "fdatasync":
                    yield return Synced(path, line);
                    break;
            }
        }
    }

    private static SystemCall Synced(string file, string line) =>
        line.EndsWith(" = 0", StringComparison.Ordinal) ? new Sync(file) : new FailedSync(file);

    /// <summary>The bytes of the one string among the arguments, which is written as in C.</summary>
    private static byte[] Unescape(string arguments)
    {
        var (bytes, at) = (new List<byte>(), arguments.IndexOf('"', StringComparison.Ordinal) + 1);
        while (arguments[at] != '"')
        {
            if (arguments[at] != '\\')
            {
                bytes.Add((byte)arguments[at++]);
                continue;
            }

            at++;
            var digits = 0;
            while (digits < 3 && arguments[at + digits] is >= '0' and <= '7') digits++;
            if (digits > 0) bytes.Add(Convert.ToByte(arguments.Substring(at, digits), 8));
            else
            {
                bytes.Add(arguments[at] switch { 'n' => 10, 't' => 9, 'r' => 13, 'v' => 11, 'f' => 12, var c => (byte)c });
                digits = 1;
            }

            at += digits;
        }

        return [.. bytes];
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?<thread>\d+) +(?<name>\w+)\((?<descriptor>\d+)<(?<path>[^>]*)>(, )?(?<arguments>.*)$", RegexOptions.Singleline)]
    private static partial Regex Call();

    [GeneratedRegex(@"^(?<thread>\d+) +<\.\.\. (fsync|fdatasync) resumed>")]
    private static partial Regex Resumed();

    [GeneratedRegex(@"\d+(?=(\) += \d+| <unfinished \.\.\.>)$)")]
    private static partial Regex LastNumber();
}
