"""What goes beside the picture into the result: sound, subtitles, data, in the picture's step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from flowstyle.core.events import Notice, Report
from flowstyle.core.types import ClipInfo
from flowstyle.media.clock import Retimer
from flowstyle.media.containers import ISO, MATROSKA
from flowstyle.media.opening import open_clip
from flowstyle.media.pyav_values import exact
from flowstyle.media.side_tracks import SideTrack
from flowstyle.media.sound_copy import Copy
from flowstyle.media.sound_encode import Encode
from flowstyle.media.sound_plan import PlannedSound
from flowstyle.media.subtitles import Convert, PlannedText

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.packet import Packet
    from av.stream import Stream

PRIMING = Fraction(1, 10)
"""Seconds before time 0 that a Matroska file keeps: what decoders need to warm up."""


class SideStreams:
    """All streams beside the picture on their way into a result.

    Args:
        info: the source.
        sound: what becomes of each track of sound; those that are left out are skipped.
        copied: further streams that are copied.
        texts: subtitles that are written in another kind.
        output: the container of the result, before its header is written.
        suffix: of the result.
        begin: only packets from this time on (seconds of the clip), None for all.
        end: no subtitle is shown for longer (seconds of the clip), None for any time.
        shift: seconds that are taken off all times.
        report: told of damage.
    """

    def __init__(
        self,
        info: ClipInfo,
        sound: Sequence[PlannedSound],
        copied: Sequence[SideTrack],
        texts: Sequence[PlannedText],
        output: OutputContainer,
        *,
        suffix: str,
        begin: Fraction | None,
        end: Fraction | None,
        shift: Fraction,
        report: Report,
    ) -> None:
        from flowstyle.media.pyav import av

        self._source = open_clip(info.path)
        self._begin = begin
        self._end = end
        self._retime = Retimer(info.clock, info.stream)
        self._joined = bool(info.clock.joins)
        self._report = report
        self._ways: dict[int, Copy | Encode | Convert] = {}
        self._ends: dict[int, Fraction] = {}  # of the newest packet of each stream
        earliest = earliest_time(suffix)
        for one in sound:
            stream = self._source.streams[one.track.index]
            if one.copied:
                self._ways[one.track.index] = Copy(
                    one.track, stream, output, shift=shift, earliest=earliest
                )
            elif one.encoding is not None:
                self._ways[one.track.index] = Encode(
                    one.track,
                    stream,
                    output,
                    one.encoding,
                    shift=shift,
                    earliest=earliest,
                    report=report,
                )
        for track in copied:
            stream = self._source.streams[track.index]
            self._ways[track.index] = Copy(track, stream, output, shift=shift, earliest=earliest)
        for text in texts:
            stream = self._source.streams[text.track.index]
            self._ways[text.track.index] = Convert(text, stream, output, shift=shift)
        self._kinds = {stream.index: stream.type for stream in self._source.streams}
        for stream in self._source.streams:
            if stream.index not in self._ways:
                stream.discard = av.stream.Discard.all
        self._packets = self._demux()
        self._next: tuple[Packet[Stream], Fraction] | None = next(self._packets, None)

    def _demux(self) -> Iterator[tuple[Packet[Stream], Fraction]]:
        """Yield the packets of all streams and when they begin; damage ends them with a notice."""
        from flowstyle.media.pyav import av

        streams = [
            self._source.streams[index]
            for index in self._ways
            if self._kinds[index] != "attachment"
        ]
        try:
            for packet in self._source.demux(streams) if streams else ():
                if packet.size:
                    self._retime(packet)
                    at = self._time(packet)
                    if at is not None:
                        yield packet, at
        except av.error.FFmpegError as error:
            self._report(Notice(f"the sound ends early: {error.strerror}"))

    def _time(self, packet: Packet[Stream]) -> Fraction | None:
        """When a packet begins, in seconds of the clip; if untold, right after the last.

        None where it would be heard over another: the sound of a joined recording may be longer
        than its picture, and that of the next begins with the picture.
        """
        stamp = packet.pts if packet.pts is not None else packet.dts
        index = packet.stream_index
        base = exact(packet.time_base)
        at = self._ends.get(index, Fraction(0)) if stamp is None else stamp * base
        if packet.pts is None:
            packet.pts = round(at / base)
        length = (packet.duration or 0) * base
        is_sound = self._kinds[index] == "audio"
        if self._joined and is_sound and at + length / 2 < self._ends.get(index, at):
            return None
        self._ends[index] = at + length
        return at

    def advance(self, until: Fraction) -> None:
        """Write the packets up to the first that begins at a time of the clip, or later.

        Args:
            until: seconds of the clip.
        """
        while self._next is not None:
            packet, at = self._next
            if at >= until:
                return
            self._next = next(self._packets, None)
            self._write(packet, at)

    def _write(self, packet: Packet[Stream], at: Fraction) -> None:
        """Write one packet, unless it is over when the result begins."""
        begin = self._begin
        if self._kinds[packet.stream_index] == "subtitle":
            if not self._fit(packet, at):
                return
        elif begin is not None and at < begin:
            return
        self._ways[packet.stream_index].write(packet)

    def _fit(self, packet: Packet[Stream], at: Fraction) -> bool:
        """Cut what a subtitle's packet is shown for to the result; whether anything is left.

        A subtitle that is being shown when the result begins is shown from the beginning on.
        """
        base = exact(packet.time_base)
        length = (packet.duration or 0) * base
        begin = at if self._begin is None else max(at, self._begin)
        end = at + length if self._end is None else min(at + length, self._end)
        if begin > at and end <= begin:
            return False
        if (begin, end) != (at, at + length):
            packet.pts = packet.dts = round(begin / base)
            packet.duration = max(0, round(end / base) - packet.pts)
        return True

    def finish(self, until: Fraction | None) -> None:
        """Write the last packets and what encoders still hold back, and close the source.

        Args:
            until: packets that begin before this time of the clip; None for all that are left.
        """
        waiting = {index for index in self._ways if self._kinds[index] != "attachment"}
        while self._next is not None and waiting:
            packet, at = self._next
            if until is None or at < until:
                self._write(packet, at)
            else:  # another stream's packets of the time before may come later in the file
                waiting.discard(packet.stream_index)
            self._next = next(self._packets, None)
        for way in self._ways.values():
            way.finish()
        self._source.close()

    def close(self) -> None:
        """Close the source without writing anything."""
        self._source.close()


def earliest_time(suffix: str) -> Fraction | None:
    """The earliest time at which a packet may begin in a kind of file, in seconds.

    An MP4 hides what comes before time 0; Matroska takes a little of it; NUT takes none.

    Args:
        suffix: of the file.
    """
    if suffix in ISO:
        return None
    return -PRIMING if suffix in MATROSKA else Fraction(0)
