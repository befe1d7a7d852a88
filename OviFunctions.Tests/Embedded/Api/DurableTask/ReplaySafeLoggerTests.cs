using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;
using Moq;
using Moq.Protected;
using OviFunctions.Tests.Embedded.Engine;

namespace OviFunctions.Tests.Embedded.Api.DurableTask;

public sealed class ReplaySafeLoggerTests
{
    /// <summary>Of the overload for a type as a value, too: a generic one is preferred where the type is known.</summary>
    private static readonly Type Category = typeof(ReplaySafeLoggerTests);

    public static TheoryData<string, Func<TaskOrchestrationContext, ILogger>> Ways { get; } = new()
    {
        { "flow", context => context.CreateReplaySafeLogger("flow") },
        { typeof(ReplaySafeLoggerTests).FullName!, context => context.CreateReplaySafeLogger(Category) },
        { typeof(ReplaySafeLoggerTests).FullName!, context => context.CreateReplaySafeLogger<ReplaySafeLoggerTests>() },
        { "flow", context => context.ReplaySafeLoggerFactory.CreateLogger("flow") },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public void Log_WhileReplaying_IsDroppedAndTheRestPassesThrough(string category, Func<TaskOrchestrationContext, ILogger> create)
    {
        var scope = Mock.Of<IDisposable>();
        var inner = new Mock<ILogger>();
        inner.Setup(l => l.IsEnabled(LogLevel.Information)).Returns(true);
        inner.Setup(l => l.BeginScope("a scope")).Returns(scope);
        var loggers = new Mock<ILoggerFactory>();
        loggers.Setup(l => l.CreateLogger(category)).Returns(inner.Object);
        var replaying = true;
        var context = new Mock<TaskOrchestrationContext> { CallBase = true };
        context.SetupGet(c => c.IsReplaying).Returns(() => replaying);
        context.Protected().SetupGet<ILoggerFactory>("LoggerFactory").Returns(loggers.Object);

        var logger = create(context.Object);
        logger.LogTurn(1);
        replaying = false;
        logger.LogTurn(2);
        replaying = true;

        Assert.Equal("turn 2", Assert.Single(inner.Invocations, i => i.Method.Name == nameof(ILogger.Log)).Arguments[2].ToString());
        Assert.Equal((true, false), (logger.IsEnabled(LogLevel.Information), logger.IsEnabled(LogLevel.Debug)));
        Assert.Same(scope, logger.BeginScope("a scope"));
    }
}
