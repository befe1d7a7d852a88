using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OviFunctions.Tests.Embedded.Hosting.Support;

namespace OviFunctions.Tests.Embedded.Hosting;

public sealed class MiddlewareTests
{
    [Fact]
    public async Task Use_SeveralMiddlewares_FirstAddedRunsOutermost()
    {
        var steps = new List<string>();
        await using var app = await StartAsync(builder =>
        {
            builder.Services.AddSingleton(steps);
            builder.UseMiddleware<OuterMiddleware>();
            builder.UseMiddleware(async (context, next) =>
            {
                steps.Add($"inner before {context.FunctionDefinition.Name}");
                await next();
                steps.Add("inner after");
            });
        });

        Assert.Equal("Hello", await app.Client.GetStringAsync("api/Hello"));

        Assert.Equal(["outer before", "inner before Hello", "inner after", "outer after"], steps);
    }

    [Fact]
    public async Task UseWhen_PredicateIsFalse_FunctionRunsWithoutIt()
    {
        await using var app = await StartAsync(builder =>
            builder.UseWhen(context => context.FunctionDefinition.Name != "Hello", (_, _) => throw new InvalidOperationException()));

        Assert.Equal("Hello", await app.Client.GetStringAsync("api/Hello"));
    }

    [Fact]
    public async Task Use_MiddlewareAnswersItself_FunctionDoesNotRun()
    {
        await using var app = await StartAsync(builder => builder.UseMiddleware((context, _) =>
        {
            context.GetHttpContext()!.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        }));

        using var response = await app.Client.GetAsync("api/Hello");

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    private static Task<TestApp> StartAsync(Action<FunctionsApplicationBuilder> configure) => TestApp.StartAsync(configure, typeof(HelloFunction));

    private sealed class OuterMiddleware(List<string> steps) : IFunctionsWorkerMiddleware
    {
        public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
        {
            steps.Add("outer before");
            await next(context);
            steps.Add("outer after");
        }
    }
}

internal static class HelloFunction
{
    [Function("Hello")]
    public static IResult Hello([HttpTrigger(AuthorizationLevel.Anonymous)] HttpRequest request) => Results.Text("Hello");
}
