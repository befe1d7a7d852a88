namespace OviFunctions.Embedded; internal static class Placeholder;
