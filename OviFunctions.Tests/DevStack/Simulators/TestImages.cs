namespace OviFunctions.Tests.DevStack.Simulators;

internal static class TestImages
{
    /// <summary>An orange PNG of 64 x 32.</summary>
    public static byte[] Png { get; } = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAEAAAAAgCAIAAAAt/+nTAAAACXBIWXMAAAABAAAAAQBPJcTWAAAAOElEQVR42u3PQQ0AMAgEsGP+ZaCToGFPktZBazqnvURAQEBAQEBAQEBAQEBAQEBAQEBAQEBA4M8CgJAB4tb92H8AAAAASUVORK5CYII=");

    /// <summary>An orange PNG of 64 x 64.</summary>
    public static byte[] Square { get; } = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAACXBIWXMAAAABAAAAAQBPJcTWAAAAeElEQVR4nO3PQQkAMAzAwPrXMZ2jIvY4BoEIuMw983Ve0IAWNKAFDWhBA1rQgBY0oAUNaEEDWtCAFjSgBQ1oQQNa0IAWNKAFDWhBA1rQgBY0oAUNaEEDWtCAFjSgBQ1oQQNa0IAWNKAFDWhBA1rQgBY0oAUNaMFjCwFXIYcAcuR6AAAAAElFTkSuQmCC");
}
