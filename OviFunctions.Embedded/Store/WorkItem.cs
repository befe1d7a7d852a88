namespace OviFunctions.Embedded.Store;

/// <summary>Code that the engine runs: an activity, or an episode of an instance.</summary>
/// <param name="IsActivity">Which of the two.</param>
/// <param name="Id">The activity's id, or the instance's key; neither is ever used again.</param>
internal readonly record struct WorkItem(bool IsActivity, long Id)
{
    public static WorkItem Activity(long id) => new(true, id);

    public static WorkItem Episode(long instanceKey) => new(false, instanceKey);
}
