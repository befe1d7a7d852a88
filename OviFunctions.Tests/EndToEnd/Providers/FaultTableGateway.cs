using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using OviFunctions.DevStack;
using OviFunctions.DevStack.Simulators;
using OviFunctions.Tests.EndToEnd.Support;

namespace OviFunctions.Tests.EndToEnd.Providers;

/// <summary>
/// A gateway with two accounts, <c>own</c> of the provider of a column and <c>next</c> that works, and one job for each row: they
/// run side by side.
/// </summary>
internal sealed class FaultTableGateway : IAsyncDisposable
{
    private readonly TableAccount _own;
    private readonly TableAccount _next;
    private readonly TestGateway _gateway;
    private readonly Dictionary<TableFault, Task<JsonElement>> _jobs = [];

    private FaultTableGateway(TableAccount own, TableAccount next, TestGateway gateway) => (_own, _next, _gateway) = (own, next, gateway);

    public static async Task<FaultTableGateway> StartAsync(DeveloperStack stack, TableProvider provider)
    {
        var own = await provider.StartAsync();
        var next = await provider.StartNextAsync();
        var gateway = await TestGateway.StartAsync(
            stack,
            endpoints => endpoints with { Network = null, Providers = [], AllowedHosts = [own.Simulator.Url.Authority, next.Simulator.Url.Authority] },
            [.. SettingsOf(0, "own", own), .. SettingsOf(1, "next", next), ("Jobs__MaxVideoMegabytes", "5"), ("Routing__MinMarginUsd", "0")]);
        var table = new FaultTableGateway(own, next, gateway);
        var endless = new List<(TableFault Fault, Ticket Ticket)>();
        foreach (var fault in TableFault.All.Where(fault => !provider.Lacks(fault)))
        {
            own.Simulator.Faults.ForPrompt(fault.Prompt, fault.Fault, fault.Times);
            var ticket = Ticket.Of(await table.OrderAsync(provider, fault));
            if (fault.IsEndless) endless.Add((fault, ticket));
            else table._jobs[fault] = gateway.Shop.EndOfAsync(ticket);
        }

        var others = Task.WhenAll(table._jobs.Values);
        foreach (var (fault, ticket) in endless) table._jobs[fault] = table.ReadAfterAsync(others, ticket);
        return table;
    }

    /// <summary>What became of a row's job: who delivered, the submits at both accounts, and what their jobs cost.</summary>
    public async Task<string> CellAsync(TableFault fault)
    {
        var job = await _jobs[fault];
        var own = _own.Simulator.SubmitsOf(fault.Prompt);
        var next = _next.Simulator.SubmitsOf(fault.Prompt);
        var end = job.Text("status") switch
        {
            "succeeded" => job.GetProperty("attempts").EnumerateArray().Single(attempt => attempt.Text("state") == "delivered").Text("provider"),
            "running" => "waits",
            _ => $"none ({job.Text("error.code")})",
        };
        var spent = (own.Count(Billed) * _own.CostUsd) + (next.Count(Billed) * _next.CostUsd);
        return string.Create(CultureInfo.InvariantCulture, $"{end} {own.Count}{(next.Count > 0 ? $"+{next.Count}" : "")} ${spent:0.00}");

        // A provider's own error as the answer to a submit is not billed; a gateway's says nothing of the job that was taken.
        bool Billed(SimulatorCall submit) => submit.RequestId is not null && (submit.Status < 400 || fault.IsOfSubmit);
    }

    public async ValueTask DisposeAsync()
    {
        await ((Task)Task.WhenAll(_jobs.Values)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _gateway.DisposeAsync();
        await _own.Simulator.DisposeAsync();
        await _next.Simulator.DisposeAsync();
    }

    private static IEnumerable<(string Name, string Value)> SettingsOf(int place, string name, TableAccount account) =>
    [
        ($"Providers__{place}__Name", name),
        ($"Providers__{place}__Priority", place.ToString(CultureInfo.InvariantCulture)),
        .. account.Settings.Select(setting => ($"Providers__{place}__{setting.Key}", setting.Value)),
    ];

    private async Task<Answer> OrderAsync(TableProvider provider, TableFault fault)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(provider.BodyOf(fault.Prompt).ToJsonString()))
        {
            Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
        };
        return await _gateway.Shop.SendAsync(HttpMethod.Post, provider.Route, content, Shop.Key(GatewaySettings.ApiKey, Convert.ToHexStringLower(Encoding.UTF8.GetBytes(fault.Name))));
    }

    /// <summary>A job that goes on until its deadline, as it is when the others have ended.</summary>
    private async Task<JsonElement> ReadAfterAsync(Task others, Ticket ticket)
    {
        await others;
        return await _gateway.Shop.JobAsync(ticket);
    }
}
