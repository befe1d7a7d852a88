using Microsoft.DurableTask;

namespace OviFunctions.Tests.Embedded.Api.DurableTask;

public sealed class TaskFailureTests
{
    [Fact]
    public void TaskFailedException_Message_NamesTaskIdAndCause()
    {
        var failed = new TaskFailedException("Pay", 7, new TaskFailureDetails("X.Error", "no funds", null, null, null));

        Assert.Equal("Task 'Pay' (#7) failed with an unhandled exception: no funds", failed.Message);
        Assert.Equal(("Pay", 7, "X.Error"), (failed.TaskName, failed.TaskId, failed.FailureDetails.ErrorType));
    }

    [Fact]
    public void FromException_Chain_IsKept()
    {
        var details = TaskFailureDetails.FromException(new InvalidOperationException("outer", new TimeoutException("inner")));

        Assert.Equal(("System.InvalidOperationException", "outer"), (details.ErrorType, details.ErrorMessage));
        Assert.Equal(("System.TimeoutException", "inner"), (details.InnerFailure!.ErrorType, details.InnerFailure.ErrorMessage));
        Assert.Equal("System.InvalidOperationException: outer", details.ToString());
    }

    [Fact]
    public void FromException_FailedTask_ItsFailureIsTheInnerOne()
    {
        var cause = new TaskFailureDetails("X.Error", "no funds", null, null, null);

        Assert.Same(cause, TaskFailureDetails.FromException(new TaskFailedException("Pay", 7, cause)).InnerFailure);
    }

    [Fact]
    public void IsCausedBy_BaseTypesOwnTypesAndUnknownTypes()
    {
        var own = TaskFailureDetails.FromException(new OwnException());

        Assert.True(own.IsCausedBy<OwnException>());
        Assert.True(own.IsCausedBy<IOException>());
        Assert.True(own.IsCausedBy<Exception>());
        Assert.False(own.IsCausedBy<FormatException>());
        Assert.False(new TaskFailureDetails("No.Such.Type", "", null, null, null).IsCausedBy<Exception>());
        Assert.Throws<ArgumentException>(() => own.IsCausedBy(typeof(string)));
    }

    private sealed class OwnException : IOException;
}
