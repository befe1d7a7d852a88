using Microsoft.DurableTask;
using OviFunctions.Jobs;
using OviFunctions.Providers;

namespace OviFunctions.Orchestrations;

/// <summary>The status of a running job; every change is published as the orchestration's custom status.</summary>
internal sealed class JobProgress
{
    private readonly TaskOrchestrationContext _context;

    public JobProgress(TaskOrchestrationContext context)
    {
        _context = context;
        Update(s => s);
    }

    public JobStatus Status { get; private set; } = new() { State = JobState.Queued };

    public void Update(Func<JobStatus, JobStatus> change)
    {
        Status = change(Status);
        _context.SetCustomStatus(Status);
    }

    public void AttemptStarted(int lane, string provider) => Update(s => s with
    {
        Attempts = [.. s.Attempts, new AttemptStatus(lane, provider, AttemptState.Running, _context.CurrentUtcDateTime)],
    });

    public void AttemptEnded(int lane, AttemptState state, FailureClass? failure) => Update(s => s with
    {
        Attempts = [.. s.Attempts.Select(a => a.Lane != lane
            ? a
            : a with { State = state, EndedAt = _context.CurrentUtcDateTime, Failure = failure })],
    });
}
