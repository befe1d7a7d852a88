namespace OviFunctions.DevStack.Simulators;

/// <summary>
/// Which jobs go wrong, and how. The most specific wins: by a text in the prompt, then the next submits, then all.
/// </summary>
public sealed class SimulatorFaults
{
    private readonly Lock _gate = new();
    private readonly Queue<SimulatorFault> _next = [];
    private readonly List<PromptFault> _prompts = [];
    private SimulatorFault _all = new();

    /// <summary>For every job that nothing more specific is set for.</summary>
    public void ForAll(SimulatorFault fault)
    {
        lock (_gate) _all = fault;
    }

    /// <summary>For the next submits, in the order of the calls.</summary>
    public void ForNext(SimulatorFault fault, int times = 1)
    {
        lock (_gate)
        {
            for (var i = 0; i < times; i++) _next.Enqueue(fault);
        }
    }

    /// <summary>For jobs whose prompt contains a text: all of them, or the first so many submits.</summary>
    public void ForPrompt(string text, SimulatorFault fault, int times = int.MaxValue)
    {
        lock (_gate) _prompts.Add(new PromptFault(text, fault) { Left = times });
    }

    /// <summary>Back to a provider that works.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _all = new SimulatorFault();
            _next.Clear();
            _prompts.Clear();
        }
    }

    internal SimulatorFault Take(string? prompt)
    {
        lock (_gate)
        {
            var named = _prompts.Find(p => p.Left > 0 && prompt?.Contains(p.Text, StringComparison.Ordinal) == true);
            if (named is null) return _next.TryDequeue(out var next) ? next : _all;
            named.Left--;
            return named.Fault;
        }
    }

    private sealed record PromptFault(string Text, SimulatorFault Fault)
    {
        public int Left { get; set; }
    }
}

/// <summary>The body of <c>POST /_faults</c>.</summary>
/// <param name="Fault">What goes wrong.</param>
/// <param name="Scope"><c>next</c> (the default), <c>all</c>, or <c>prompt</c>.</param>
/// <param name="Times">How many submits, for <c>next</c>.</param>
/// <param name="Text">What the prompt contains, for <c>prompt</c>.</param>
internal sealed record SimulatorFaultCommand(SimulatorFault Fault, string Scope = "next", int Times = 1, string? Text = null)
{
    /// <summary>Carries the command out; returns what is wrong with it, or null.</summary>
    public string? ApplyTo(SimulatorFaults faults)
    {
        switch (this)
        {
            case { Scope: "next", Times: > 0 and <= 10_000 }:
                faults.ForNext(Fault, Times);
                return null;
            case { Scope: "all" }:
                faults.ForAll(Fault);
                return null;
            case { Scope: "prompt", Text.Length: > 0 }:
                faults.ForPrompt(Text, Fault);
                return null;
            default:
                return "scope must be next (with times from 1 to 10000), all, or prompt (with text)";
        }
    }
}
