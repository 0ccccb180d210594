"""Identity of inputs and machine, and how differences are told."""

from __future__ import annotations

import hashlib
import os
from fractions import Fraction
from pathlib import Path

from flowstyle.storage.fingerprint import (
    differences,
    file_identity,
    is_of_another_clip,
    machine_identity,
    normalise,
)


def test_file_identity_is_content_not_name_or_time(tmp_path: Path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(b"abc")
    two.write_bytes(b"abc")
    os.utime(two, (0, 0))
    assert file_identity(one) == file_identity(two)
    # FIPS 180-2, appendix B.1
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert file_identity(one) == {"bytes": 3, "sha256": known}
    two.write_bytes(b"abd")
    assert file_identity(one) != file_identity(two)


def test_sequence_identity_depends_on_order_and_number(tmp_path: Path):
    paths = [tmp_path / name for name in "abc"]
    for path in paths:
        path.write_text(path.name)
    identity = file_identity(paths)
    assert identity["files"] == 3
    assert identity["bytes"] == 3
    joined = "".join(hashlib.sha256(name.encode()).hexdigest() for name in "abc")
    assert identity["sha256"] == hashlib.sha256(joined.encode()).hexdigest()
    assert file_identity(paths[::-1])["sha256"] != identity["sha256"]
    assert file_identity(paths[:2])["sha256"] != identity["sha256"]


def test_machine_identity_names_what_changes_bits():
    import torch

    identity = machine_identity()
    assert identity["torch"] == torch.__version__
    assert identity["threads"] == torch.get_num_threads()
    assert identity["cpu"] == torch.backends.cpu.get_cpu_capability()
    assert {"flowstyle", "av", "opencv", "device"} <= identity.keys()


def test_differences_of_nested_fields():
    old = normalise({"a": {"b": 1, "c": (1, 2)}, "same": Fraction(1, 3), "gone": None, "e": {}})
    new = normalise({"a": {"b": 2, "c": [1, 2]}, "same": Fraction(1, 3), "e": {"f": "é"}})
    assert differences(old, new) == [
        "a.b: 1 → 2",
        "e: {} → (none)",
        'e.f: (none) → "é"',
        "gone: null → (none)",
    ]
    assert differences(old, old) == []


def test_numbers_are_told_with_the_digits_that_a_person_reads():
    old = {"a": 0.6499999999999999, "b": [0.1, 3.2999999999999998], "c": 0.123456}
    new = {"a": 250.0, "b": [0.1, 0.5], "c": 0.123457}
    assert differences(old, new) == [
        "a: 0.65 → 250.0",
        "b: [0.1, 3.3] → [0.1, 0.5]",
        "c: 0.123456 → 0.123457",
    ]


def test_settings_without_effect_are_left_out_beside_others():
    def of(idle: list[str], **settings: float) -> dict:
        return {"settings": settings, "told": {"idle": idle}}

    old, new = of(["x", "y"], x=1, y=1, z=1), of(["x"], x=2, y=2, z=2)
    assert differences(old, new) == ["y: 1 → 2", "z: 1 → 2"]
    assert differences(of(["x"], x=1), of(["x"], x=2)) == ["x: 1 → 2"]


def test_settings_are_told_as_they_are_given_and_their_preset_first():
    def of(preset: str, **settings: object) -> dict:
        return {"settings": settings, "flow": {"name": "dis"}, "told": {"preset": preset}}

    old = of("draft", iterations=3, mask_dilate=1, cuts=True)
    new = of("default", iterations=4, mask_dilate=2, cuts=False)
    assert differences(old, new) == [
        "--preset: draft → default, and so",
        "cuts: true → false",
        "--iterations: 3 → 4",
        "--dilate: 1 → 2",
    ]
    new["flow"] = {"name": "raft"}
    assert 'flow: "dis" → "raft"' in differences(old, new)
    same = of("default", iterations=3, mask_dilate=1, cuts=True)
    assert differences(old, same) == []  # the name alone changes nothing


def of_clip(digest: str, told: str | None = None, **more: object) -> dict:
    clip = {"bytes": 2_500_000, "sha256": digest, "stream": 0}
    names = {} if told is None else {"told": {"clip": told}}
    return normalise({"clip": clip, "n": 1, **names, **more})


def test_another_clip_is_told_by_its_name():
    old, new = of_clip("00", "a.mp4 (64×48, 8 frames, 9 kB)"), of_clip("ff", "b.mp4 (…)", n=2)
    assert is_of_another_clip(old, new)
    assert differences(old, new) == [
        "clip: a.mp4 (64×48, 8 frames, 9 kB) → b.mp4 (…)",
        "n: 1 → 2",
    ]
    before = of_clip("00")  # of a version that kept no names
    assert differences(before, new)[0] == "clip: one of 2.5 MB → b.mp4 (…)"


def test_a_clip_that_was_renamed_is_the_same():
    assert differences(of_clip("00", "a.mp4"), of_clip("00", "b.mp4")) == []
    assert not is_of_another_clip(of_clip("00", "a.mp4"), of_clip("00", "b.mp4"))
    assert differences(of_clip("00", "a.mp4"), of_clip("00")) == []


def test_another_style_is_told_and_its_share_as_well():
    one = {"styles": [{"sha256": "00", "share": 1.0}], "told": {"styles": "a.jpg"}}
    two = {"styles": [{"sha256": "ff", "share": 1.0}], "told": {"styles": "b.jpg"}}
    assert differences(one, two) == ["style picture: a.jpg → b.jpg"]
    other_share = {"styles": [{"sha256": "00", "share": 0.5}], "told": {"styles": "a.jpg"}}
    assert differences(one, other_share)[0].startswith("styles: ")
