using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace OviFunctions.DevStack.Simulators;

/// <summary>The videos' files.</summary>
public abstract partial class ProviderSimulator
{
    /// <summary>The URL of a job's video for its caller, a fresh one each time where URLs expire.</summary>
    private protected Uri GiveUrl(SimulatedJob job) => UrlOf(job, job.GiveUrl());

    /// <summary>The URL of a job's video as a webhook names it: the first one.</summary>
    private protected Uri FirstUrl(SimulatedJob job) => UrlOf(job, 1);

    private Uri UrlOf(SimulatedJob job, int number)
    {
        var file = new Uri(_options.MediaUrl ?? Url, $"files/{job.Id}/output.mp4");
        return job.Fault.Media switch
        {
            MediaFault.ForeignHost when number <= job.Fault.MediaFailures => new Uri("https://files.example.invalid" + file.AbsolutePath),
            MediaFault.Expired => new Uri(file, $"?issue={number.ToString(CultureInfo.InvariantCulture)}"),
            _ => file,
        };
    }

    private async Task MediaAsync(HttpContext context)
    {
        var id = (string)context.Request.RouteValues["id"]!;
        var job = _jobs.GetValueOrDefault(id);
        var fault = job?.Clip is null ? MediaFault.Missing : FaultOf(job, context.Request.Query["issue"]);
        Record(context, SimulatorCallKind.Media, id, MediaFiles.StatusOf(fault));
        await MediaFiles.SendAsync(context, job?.Clip ?? "", fault);
    }

    private static MediaFault FaultOf(SimulatedJob job, string? issue)
    {
        if (job.Fault.Media != MediaFault.Expired) return job.TakeMediaFault();
        var isFresh = int.TryParse(issue, CultureInfo.InvariantCulture, out var number) && number > job.Fault.MediaFailures;
        return isFresh ? MediaFault.None : MediaFault.Expired;
    }
}
