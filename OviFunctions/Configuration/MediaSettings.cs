namespace OviFunctions.Configuration;

/// <summary>Fitting images and finishing videos with ffmpeg; without it everything else works.</summary>
public sealed class MediaSettings
{
    [Setting("Whether images are fitted and videos finished with ffmpeg, where it is installed.")]
    public bool UseFfmpeg { get; set; } = true;

    [Setting("The ffmpeg program; looked for on the PATH when not set.", Example = "/usr/bin/ffmpeg")]
    public string? FfmpegPath { get; set; }

    [Setting("How many ffmpeg processes run at a time; others wait. Twice as many videos, and what is made of them, may lie in the temporary folder.", Min = 1, Max = 64)]
    public int MaxProcesses { get; set; } = 2;

    [Setting("Threads of one ffmpeg process.", Min = 1, Max = 64)]
    public int Threads { get; set; } = 2;

    [Setting("Seconds after which an ffmpeg process is killed.", Min = 1, Max = 600)]
    public int TimeoutSeconds { get; set; } = 60;

    [Setting("The most memory of one ffmpeg process, in megabytes; an image of 50 megapixels needs about 1000. Held on Linux only.", Min = 768, Max = 65536)]
    public int MaxMemoryMegabytes { get; set; } = 1536;
}
