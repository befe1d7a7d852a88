using OviFunctions.DevStack.CommandLine;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.DevStack.CommandLine;

public sealed class TimelineTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly StringWriter _output = new() { NewLine = "\n" };

    public void Dispose() => _output.Dispose();

    [Fact]
    public async Task Step_TellsWhenItEndedAndHowLongItTook()
    {
        var timeline = new Timeline(_output, _time);
        _time.Advance(TimeSpan.FromSeconds(1));

        await timeline.StepAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(12.34));
                return Task.FromResult(42);
            },
            result => $"Found {result}");
        timeline.Note("Done");

        Assert.Equal(" 13.3 s  Found 42 (12.3 s)\n 13.3 s  Done\n", _output.ToString());
    }

    [Fact]
    public async Task Step_ThatFails_LeavesNoLine()
    {
        var timeline = new Timeline(_output, _time);

        await Assert.ThrowsAsync<InvalidOperationException>(() => timeline.StepAsync(() => throw new InvalidOperationException(), "Never"));

        Assert.Empty(_output.ToString());
    }
}
