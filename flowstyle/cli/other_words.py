"""Words of other programs, and what they are called here."""

from __future__ import annotations

from flowstyle.core.nearby import nearest

OPTIONS: dict[str, str] = {
    # where things are named
    "style style-image style-img style-path style-picture styles": (
        "flowstyle COMMAND CLIP.mp4 {STYLE.jpg}"
    ),
    "content content-image content-img content-path input input-path input-video input-file i in "
    "video clip source": "flowstyle COMMAND {CLIP.mp4} …",
    "out output-path output-file output-video outfile save save-path output-name result": (
        "-o {OUT.mp4}"
    ),
    "outdir out-dir output-dir output-folder save-dir dest destination": "-o {FOLDER}/OUT.mp4",
    "format container ext extension": "-o OUT.{mp4}, the ending decides",
    "y force f replace": "--overwrite",
    "loop repeat loops": "leave it out: GIF and WebP begin again by themselves",
    "config config-file conf yaml toml settings-file": "--settings {FILE.toml}",
    "help-al helpall all-options all-help full-help": "--help-all",
    "version V": "flowstyle --version",
    # size and piece
    "resolution res size image-size img-size max-size content-size maxsize": "--width {640}",
    "height scale downscale": "--width N, the height follows",
    "start ss from skip seek start-time begin first": "--start-frame N, frames count from 0",
    "end to duration t length limit n num-frames max-frames nframes n-frames frame-count last "
    "end-frame": "--frames N, counted from --start-frame",
    # time and sound
    "framerate frame-rate r rate": "--fps {30}, for a folder of frames",
    "no-audio noaudio mute no-sound an without-audio remove-audio": "--audio none",
    "subtitles subs no-subtitles sn": "leave it out: subtitles are kept where the file takes them",
    "deinterlace yadif": "leave it out: interlaced clips are made whole by themselves",
    "crop": "crop the clip first, with ffmpeg for instance",
    "track video-stream stream-index": "--stream {0}",
    "acodec c:a codec:a audio-codec copy-audio keep-audio sound": "--audio copy, encode or none",
    # how it is written
    "crf cq qp": "--quality {18}",
    "bitrate video-bitrate b:v b": "--quality 18, a constant quality in place of a bit rate",
    "vcodec video-codec encoder c:v codec:v": "--codec {h264}",
    "pixel-format pix-format pixfmt": "--pix-fmt {yuv420p}",
    # where and how long it is computed
    "gpu gpu-id gpuid device-id use-gpu": "--device {cuda:0}",
    "cuda use-cuda": "--device cuda",
    "cpu use-cpu no-cuda no-gpu": "--device cpu",
    "fp16 half amp bf16 mixed-precision": "--precision bf16",
    "fp32 float32 full-precision": "--precision fp32",
    "iters iter num-iterations num-iters num-iter n-iter niter steps num-steps epochs max-iter "
    "max-iterations max-iters": "--iterations {20}",
    "passes num-passes multi-pass multipass": "--sweeps {2}, or --preset multipass",
    "fast quick preview": "--preset draft",
    "lr": "--learning-rate {0.03}",
    "threads num-threads workers num-workers jobs": "put OMP_NUM_THREADS={2} before the command",
    "random-seed random-state": "--seed {0}",
    "batch-size batch b-size": "leave it out: one frame is painted after the other",
    "resume continue": "leave it out: the same command goes on by itself",
    "quiet-mode q silent no-progress": "--quiet",
    "v details full": "--verbose",
    # the look
    "model network net arch backbone vgg": "--features {vgg19}",
    "style-strength style-intensity strength intensity beta sw": "--style-weight {10}",
    "alpha cw content-strength": "--content-weight {1}",
    "tv total-variation": "--tv-weight {1}",
    "style-size style-resolution": "--style-scale 1",
    "preserve-color preserve-colors preserve-colour keep-color keep-colors keep-colours "
    "original-color original-colours no-color luminance-only": "--original-colors",
    "color-match match-color match-colours color-transfer histogram": "--match-colors",
    "consistency temporal temporal-consistency smooth smoothness flicker deflicker coherence": (
        "--stability {0.8}"
    ),
    "style-weights blend-weights style-blend-weights style-blending-weights": "--blend {0.7,0.3}",
    "optical-flow flow-method": "--flow {auto}",
}
"""Options of other programs to what is written here instead; in braces stands an example, in whose
place the value comes that was given."""

COMMANDS = {
    "run": "stylize stylise style paint video render process apply transfer convert start clip "
    "resume continue",
    "preview": "plan estimate budget look",
    "image": "photo picture still img pic photograph",
    "eval": "evaluate measure metrics compare test score",
    "doctor": "check info diagnose devices env setup install",
    "styles": "list models networks style-list liststyles pretrained zoo",
    "presets": "settings options profiles config configs",
    "weights": "download fetch downloads",
    "flow": "optical-flow motion",
    "--help": "help usage -? /?",
    "--install-completion": "completion install-completion completions autocomplete",
    "--version": "version -v -V --v",
}
"""Words that name no command, to what was meant."""

VALUES: dict[str, dict[str, str]] = {
    "--preset": {
        "draft": "fast faster fastest quick low preview ultrafast veryfast speed lowest",
        "default": "normal standard medium high quality best slow hq balanced good max",
        "still": "image photo picture",
        "independent": "none single frame frames per-frame",
        "ruder": "artistic-videos",
        "multipass": "multi-pass multi",
    },
    "--codec": {
        "h264": "avc x264 libx264 h.264 mp4 nvenc h264_nvenc",
        "hevc": "h265 x265 libx265 h.265 hevc_nvenc",
        "av1": "libsvtav1 svtav1 libaom-av1 aom",
        "vp9": "libvpx-vp9 webm vp8",
        "prores": "prores_ks prores422 prores4444",
    },
    "--device": {"cuda": "gpu nvidia", "cuda:0": "0 gpu0 gpu:0 cuda0", "cuda:1": "1 gpu1 gpu:1"},
    "--engine": {
        "network": "fast neural net trained feedforward model nn",
        "optimised": "optimized slow gatys adam optimization optimisation iterative",
    },
    "--precision": {"bf16": "fp16 half float16 bfloat16 16", "fp32": "float32 full float 32"},
    "--features": {"vgg19": "vgg vgg16 vgg-19"},
    "--pooling": {"average": "avg mean"},
    "--optimizer": {"lbfgs": "l-bfgs", "adam": "adamw sgd"},
    "--quality": {"16": "high best max good", "20": "medium normal", "26": "low bad small"},
    "--audio": {
        "none": "no off mute false drop",
        "copy": "keep yes on true original auto",
        "encode": "aac mp3 opus re-encode",
    },
    "--on-corrupt": {"repeat": "skip ignore continue"},
}
"""Options and their values to what is called otherwise elsewhere."""


def is_other_word(name: str) -> bool:
    """Whether an option is known from other programs."""
    bare = name.lstrip("-").replace("_", "-").casefold()
    return any(bare in words.split() for words in OPTIONS)


def option_for(name: str, value: str, known: list[str]) -> str:
    """What was probably meant by an option that does not exist, "" if nothing is near.

    Args:
        name: as it was given, with its hyphens.
        value: the word after it; "" if there is none.
        known: the options of the command.

    Example:
        >>> option_for("--crf", "20", []), option_for("--witdh", "9", ["--width"])
        ('--quality 20', '--width 9')
    """
    bare = name.lstrip("-").replace("_", "-").casefold()
    if f"--{bare}" in known:
        return f"--{bare} {value}".strip()
    others = {word: ours for words, ours in OPTIONS.items() for word in words.split()}
    if bare in others:
        return _filled(others[bare], value)
    if len(bare) < 3:
        return ""
    near = nearest(bare, [*(one.lstrip("-") for one in known if one.startswith("--")), *others])
    if near in others:
        return _filled(others[near], value)
    return f"--{near} {value}".strip() if near else ""


def _filled(ours: str, value: str) -> str:
    """Put a value in the place of an example."""
    before, brace, rest = ours.partition("{")
    if not brace:
        return ours
    example, _, after = rest.partition("}")
    if before == "--width " and value:
        value = value.replace("×", "x").split("x")[0]
        value = value if value.isdigit() else ""
    if before == "--device ":
        value = f"cuda:{value}" if value.isdigit() else ""
    return f"{before}{value or example}{after}"


def command_for(word: str, known: tuple[str, ...]) -> str:
    """The command that was probably meant, "" if none is near."""
    folded = word.casefold()
    for ours, others in COMMANDS.items():
        if folded == ours or folded in others.split():
            return ours
    return nearest(folded, list(known), cutoff=0.6)


def value_for(option: str, value: str, known: list[str]) -> str:
    """The value that was probably meant, "" if none is near.

    Args:
        option: that it was given to.
        value: as it was given.
        known: those that there are.
    """
    folded = value.casefold()
    for ours, others in VALUES.get(option, {}).items():
        if folded == ours or folded in others.split():
            return ours
    return nearest(folded, known)
