using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Hosting.Operator;
using OviFunctions.Embedded.Store;
using OviFunctions.Tests.Embedded.Store;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Embedded.Hosting.Operator;

public sealed class InstanceChangeTests
{
    [Fact]
    public async Task DataOverTheLimit_IsRefusedAndNothingIsWritten()
    {
        await using var store = new MemoryStore();
        var key = await store.StartAsync("a");
        var text = new string('x', PayloadLimit.LargestPayload - 1);
        var change = new InstanceChange(store, new ManualTimeProvider(), TextWriter.Null);

        await AssertRefusedAsync("4194305 bytes, at most 4194304", () => change.RaiseAsync("a", "Go", $"\"{text}\""));
        await AssertRefusedAsync("4194305 bytes, at most 4194304", () => change.TerminateAsync("a", text, recursive: false));
        await AssertRefusedAsync("1001 characters, at most 1000", () => change.RaiseAsync("a", new string('n', 1001), null));

        var work = await store.LoadAsync(key);
        Assert.Empty(work.Inbox);
        Assert.False(work.Instance.Status.IsFinished());
    }

    private static async Task AssertRefusedAsync(string why, Func<Task> change) =>
        Assert.Contains(why, (await Assert.ThrowsAsync<UsageException>(change)).Message, StringComparison.Ordinal);
}
