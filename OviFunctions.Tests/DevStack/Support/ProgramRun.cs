using System.Text.Json;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Processes;

namespace OviFunctions.Tests.DevStack.Support;

/// <summary>The dev stack's program, run in this process on ports of its own.</summary>
internal sealed class ProgramRun : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private readonly CancellationTokenSource _ctrlC = new();
    private readonly WatchedWriter _output = new();
    private readonly StringWriter _errors = new();
    private readonly Task<int> _running;

    private ProgramRun(string[] arguments)
    {
        Ports = Ports.Ephemeral();
        _running = new StackProgram(_output, _errors, TimeProvider.System).RunAsync([.. arguments, .. Options(Ports)], _ctrlC.Token);
    }

    public Ports Ports { get; }

    public string Output => _output.ToString();

    public string Errors => _errors.ToString();

    /// <summary>The JSON object that was printed.</summary>
    public JsonElement Json => JsonElement.Parse(Output[Output.IndexOf("\n{", StringComparison.Ordinal)..(Output.LastIndexOf("\n}", StringComparison.Ordinal) + 2)]);

    public static ProgramRun Start(params string[] arguments) => new(arguments);

    /// <summary>The options that put every port where <paramref name="ports"/> says.</summary>
    public static IEnumerable<string> Options(Ports ports) => PortName.All.SelectMany(name => new[] { "--port", $"{name.Name}={ports[name]}" });

    /// <summary>Waits until a text has been printed; fails with what was said instead when the program ends without it.</summary>
    public async Task PrintedAsync(string text)
    {
        var seen = _output.WaitForAsync(text);
        await Task.WhenAny(seen, _running).WaitAsync(Limit);
        Assert.True(seen.IsCompleted, $"The program ended without \"{text}\":\n{Output}\n{Errors}");
    }

    /// <summary>Waits for the end; gives the exit code.</summary>
    public Task<int> EndAsync() => _running.WaitAsync(Limit);

    /// <summary>What Ctrl-C does.</summary>
    public async Task<int> CtrlCAsync()
    {
        await _ctrlC.CancelAsync();
        return await EndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await CtrlCAsync();
        _ctrlC.Dispose();
        await _output.DisposeAsync();
        await _errors.DisposeAsync();
    }

    /// <summary>Keeps what is printed and tells when a text has been. The program writes one line at a time.</summary>
    private sealed class WatchedWriter : StringWriter
    {
        private readonly Lock _gate = new();
        private readonly List<(string Text, TaskCompletionSource Seen)> _awaited = [];

        public Task WaitForAsync(string text)
        {
            lock (_gate)
            {
                var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                if (base.ToString().Contains(text, StringComparison.Ordinal)) seen.SetResult();
                _awaited.Add((text, seen));
                return seen.Task;
            }
        }

        public override void WriteLine(string? value)
        {
            lock (_gate)
            {
                base.WriteLine(value);
                foreach (var (text, seen) in _awaited)
                {
                    if (value?.Contains(text, StringComparison.Ordinal) == true) seen.TrySetResult();
                }
            }
        }

        public override string ToString()
        {
            lock (_gate) return base.ToString();
        }
    }
}
