using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Gives the function a <see cref="Microsoft.DurableTask.Client.DurableTaskClient"/>.</summary>
public sealed class DurableClientAttribute : InputBindingAttribute
{
    /// <summary>Another task hub; the embedded host has one hub and refuses any other.</summary>
    public string? TaskHub { get; set; }

    /// <summary>Another storage account; the embedded host has none and refuses it.</summary>
    public string? ConnectionName { get; set; }
}
