#!/bin/sh
# Makes the samples in this folder again, with ffmpeg 5.1.
set -eu
cd "$(dirname "$0")"
ff() { ffmpeg -hide_banner -loglevel error -y "$@"; }
picture="testsrc2=size=96x64:rate=24"
sound="sine=frequency=440:sample_rate=16000"
x264="-c:v libx264 -preset veryslow -crf 40 -pix_fmt yuv420p"

ff -f lavfi -i "$picture" -f lavfi -i "$sound" -t 2 $x264 -c:a aac -b:a 16k video-audio.mp4
ff -i video-audio.mp4 -c copy -movflags +faststart video-audio-faststart.mp4
ff -i video-audio.mp4 -c copy -an video-only.mp4
ff -i video-audio.mp4 -c copy -vn audio-only.mp4
ff -i video-audio.mp4 -c copy -movflags +frag_keyframe+empty_moov fragmented.mp4
ff -i video-audio.mp4 -c copy quicktime.mov
ff -f lavfi -i "$picture" -t 1 -c:v libx265 -x265-params log-level=none -crf 40 -tag:v hvc1 -pix_fmt yuv420p hevc.mp4

still() { ff -f lavfi -i "$picture" -frames:v 1 "$@"; }
still picture.png
still -q:v 10 picture.jpg
still -c:v libwebp -quality 40 picture-lossy.webp
still -c:v libwebp -lossless 1 picture-lossless.webp
still -vf "format=yuva420p,colorchannelmixer=aa=0.5" -c:v libwebp -quality 40 picture-extended.webp
still picture.gif
still picture.bmp
still -c:v libaom-av1 -still-picture 1 -cpu-used 8 -crf 50 picture.avif
ff -f lavfi -i "$picture" -frames:v 3 -c:v libwebp_anim -quality 20 animated.webp
ff -f lavfi -i "$picture" -frames:v 3 -f apng animated.png
