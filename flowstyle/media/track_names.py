"""Languages and titles of tracks: as a kind of file has them, and which it does not hold."""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from flowstyle.media.containers import ISO, MUXERS, trial_options
from flowstyle.media.pyav_values import readable
from flowstyle.media.side_tracks import KINDS, SideTrack

if TYPE_CHECKING:
    from av.stream import Stream

# ISO 639-2 has two codes for some languages, and MOV knows the older ones; a few are its own.
_OLD = {
    **{"deu": "ger", "nld": "dut", "ell": "gre", "isl": "ice", "zho": "chi", "sqi": "alb"},
    **{"mkd": "mac", "eus": "baq", "hye": "arm", "kat": "geo", "cym": "wel", "mya": "bur"},
    **{"msa": "may", "bod": "tib", "fas": "per", "swe": "sve", "gle": "iri", "fre": "fra"},
    **{"cze": "ces", "slo": "slk", "rum": "ron"},
}


def name_track(target: Stream, language: str, title: str) -> None:
    """Give a stream of a result its language and title, before the header is written.

    Args:
        target: the stream.
        language: three letters, or "".
        title: or "".
    """
    if language:
        of_quicktime = target.container.format.name == MUXERS[".mov"]
        name = _OLD.get(language, language) if of_quicktime else language
        target.metadata["language"] = name
    if title:
        target.metadata["title"] = title


def lost_names(tracks: Iterable[SideTrack], suffix: str) -> list[str]:
    """What of the tracks' languages and titles a kind of file does not hold.

    Args:
        tracks: those that are kept.
        suffix: of the file.
    """
    lost = []
    for track in tracks if suffix in ISO else ():
        language, title = _kept(track.language, track.title, suffix)
        kind = f"{KINDS[track.kind]} {track.index}"
        if track.language and not language:
            lost.append(f"language {track.language} of {kind}")
        if track.title and not title:
            lost.append(f"title “{track.title}” of {kind}")
    return lost


@cache
def _kept(language: str, title: str, suffix: str) -> tuple[str, str]:
    """What is read of a track's names from a small file that was given them."""
    from flowstyle.media.pyav import av, tag_options

    file = io.BytesIO()
    try:
        options = trial_options(suffix)
        with av.open(file, "w", format=MUXERS[suffix], container_options=options) as output:
            stream = output.add_stream("aac", rate=8000)
            stream.layout = "mono"
            name_track(stream, language, title)
            silence = av.AudioFrame(format="fltp", layout="mono", samples=1024)
            silence.sample_rate = 8000
            for plane in silence.planes:
                plane.update(bytes(plane.buffer_size))
            output.mux(stream.encode(silence))
            output.mux(stream.encode(None))
        file.seek(0)
        with av.open(file, "r", **tag_options()) as result:
            data = readable(result.streams[0].metadata)
            told = data.get("language", "")
            return ("" if told == "und" else told), data.get("title") or data.get("name", "")
    except (av.error.FFmpegError, ValueError, OSError):
        return "", ""
