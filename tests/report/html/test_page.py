"""The folder of a report, without a browser: what is in it, what it refuses, hostile names."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path

import pytest

from flowstyle.core.errors import OutputError
from flowstyle.media.proxy import ProxyWriter
from flowstyle.metrics.summary import ClipFigures
from flowstyle.report.html.charts import charts_of
from flowstyle.report.html.film import FilmWriter, Moment, shape_of
from flowstyle.report.html.page import write_page
from flowstyle.report.html.record import read_record
from flowstyle.report.html.words import cards_of
from flowstyle.report.overlays import MASK_LEGEND
from tests.helpers.numbered import number_in, numbered
from tests.helpers.report_data import figures, moments, record

import av  # isort: skip - after cv2


def test_the_clip_has_one_frame_for_each_however_it_is_entered(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with ProxyWriter(path, Fraction(30000, 1001)) as writer:
        for index in range(35):
            writer.write(numbered(index, (160, 64)))
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        shown = [
            (number_in(frame.to_ndarray(format="rgb24")), frame.pts * stream.time_base)
            for frame in container.decode(stream)
        ]
        keys = [packet.is_keyframe for packet in container.demux(stream) if packet.size]
    assert [number for number, _ in shown] == list(range(35))
    assert [time for _, time in shown] == [Fraction(1001, 30000) * index for index in range(35)]
    assert len(keys) == 0 or keys[0]


def test_views_lie_below_each_other_and_a_missing_one_is_dark(tmp_path: Path) -> None:
    shape = shape_of((160, 90))
    assert shape.step == 96  # whole blocks of 16
    one = Moment(numbered(5, (160, 90)), numbered(5, (160, 90), inverted=True))
    with FilmWriter(tmp_path / "a.mp4", Fraction(24), shape, ["source", "styled", "flow"]) as film:
        film.write(one)
    with av.open(str(tmp_path / "a.mp4")) as container:
        picture = next(container.decode(video=0)).to_ndarray(format="rgb24")
    assert picture.shape == (3 * 96, 160, 3)
    assert number_in(picture[:90]) == 5
    assert number_in(picture[96:186], inverted=True) == 5
    assert picture[192:].max() < 40


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    name = "</script><script>alert(1)</script>\"'<img src=x onerror=alert(1)>\udcff.mp4"
    hostile = record(
        3, source=f"/a/{name}", styles=(name,), command=name, decisions=((name, name),)
    )
    path = write_page(hostile, moments(3), tmp_path / "r.report")
    text = path.read_text("utf-8")
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert len(re.findall(r"<script", text)) == 5  # the data, and four files
    kept = json.loads((path.parent / "report.json").read_text())
    assert kept["styles"] == [name]


def test_data_hold_every_frame_beside_the_source(tmp_path: Path) -> None:
    path = write_page(record(48), moments(48), tmp_path / "r.report")
    facts = json.loads((path.parent / "report.json").read_text())
    charts = {chart["id"]: chart for chart in facts["data"]["charts"]}
    assert list(charts) == [
        *("warp-error", "long-warp-error", "flicker", "drift", "lightness", "style"),
        *("iterations", "seconds"),
    ]
    result, source = charts["warp-error"]["lines"]
    own = figures(48, (24,)).profile
    assert result["values"][0] is None
    assert result["values"][7] == pytest.approx(1e4 * (own[7].warp_error or 0), rel=1e-3)
    assert source["values"][7] == pytest.approx(1e4 * (own[7].source_warp_error or 0), rel=1e-3)
    assert facts["data"]["cuts"] == [24]
    assert facts["data"]["worst"][0] == 18
    assert len(facts["data"]["worst"]) == 8
    assert facts["data"]["inside"] == "flowstyle debug /clips/out.mp4"
    assert charts["iterations"]["lines"][0]["values"][:5] == [3, 4, 5, 6, 3]
    assert facts["digests"] == {"clip": "ab" * 32}


def test_a_report_takes_the_place_of_an_earlier_one_and_of_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "r.report"
    write_page(record(3), moments(3), folder)
    write_page(record(4), moments(4), folder)
    assert json.loads((folder / "report.json").read_text())["frames"] == 4
    (folder / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError, match="other files"):
        write_page(record(3), moments(3), folder)
    assert (folder / "thesis.txt").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["r.report"]  # nothing half made


def test_a_report_that_fails_leaves_the_earlier_one(tmp_path: Path) -> None:
    folder = tmp_path / "r.report"
    write_page(record(3), moments(3), folder)

    def broken():
        yield from moments(1)
        raise RuntimeError("the disk went away")

    with pytest.raises(RuntimeError):
        write_page(record(5), broken(), folder)
    assert json.loads((folder / "report.json").read_text())["frames"] == 3
    assert [path.name for path in tmp_path.iterdir()] == ["r.report"]


def test_verdicts_in_words() -> None:
    cards = {card.question: card for card in cards_of(figures(12))}
    assert (cards["Stability"].verdict, cards["Stability"].figure) == (
        "stable",
        "2.50 × ideal motion",
    )
    assert "0.45 × the source's own" in cards["Stability"].why
    assert cards["Stability over 10 frames"].figure == "1.50 × the source's own"
    still = cards["Where nothing moves"]
    assert (still.verdict, still.figure) == (
        "still",
        "0.255 of 255 a frame, the source's own 0.128",
    )
    assert (cards["Colour drift"].verdict, cards["Colour drift"].good) == ("drifts", False)
    assert cards["Style"].verdict == "strong"
    assert cards["Content"].good


def test_unmeasured_runs_have_charts_of_work_only() -> None:
    assert [chart.id for chart in charts_of(record(5, figures=None))] == ["iterations", "seconds"]


def test_records_and_figures_come_back_from_their_files(tmp_path: Path) -> None:
    kept = record(12, source="/a/caf\udce9.mp4")  # a name that is no text
    (tmp_path / "run.json").write_text(kept.as_json())
    found = read_record(tmp_path / "run.json")
    assert found.measured == figures(12, (6,))
    assert found.as_json() == kept.as_json()
    assert ClipFigures.from_dict(json.loads(json.dumps(figures(3).as_dict()))) == figures(3)


def test_debug_views_say_what_their_colours_mean(tmp_path: Path) -> None:
    seen = record(3, views=("flow", "masks", "error"), size=(400, 224))
    text = write_page(seen, moments(3, (400, 224)), tmp_path / "r.report").read_text("utf-8")
    assert "rim: 8.0 px" in text  # 2 % of the width, as the wheel is drawn
    for name, (red, green, blue) in MASK_LEGEND:
        assert f'style="--key: rgb({red}, {green}, {blue})">{name}</span>' in text
    assert text.count("51 of 255") == 2  # of the view, and of the least stable frames
    plain = write_page(record(3), moments(3), tmp_path / "plain.report").read_text("utf-8")
    assert "rim:" not in plain


def test_alt_texts_stand_for_themselves(tmp_path: Path) -> None:
    text = write_page(record(24), moments(24), tmp_path / "r.report").read_text("utf-8")
    alts = re.findall(r'<img [^>]*alt="([^"]+)"', text)
    assert len(alts) == len(set(alts)) == 4 * 8
    assert not [alt for alt in alts if alt.startswith("The same")]
    assert all(re.search(r"[Ff]rame \d+", alt) for alt in alts)
