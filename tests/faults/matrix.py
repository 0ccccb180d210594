"""The fault matrix as data: row, behaviour, tests, and the guard without which the tests fail.

``scripts/fault_matrix.py`` writes it into ``tests/README.md`` and removes the guards one by one.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Guard:
    """A piece of ``flowstyle`` that makes a row true: ``new`` in place of ``old`` removes it."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Row:
    """A fault, what happens, the tests (``file::name`` below ``tests``), and the guard."""

    fault: str
    behaviour: str
    tests: tuple[str, ...]
    guard: Guard | None = None


PROCESS = "faults/test_command_process.py"
RESULTS = "faults/test_command_results.py"
FOLDER = "faults/test_workdir_process.py"
WORKDIR = "storage/test_workdir.py"
JOURNAL = "storage/test_journal.py"
VIDEO = "media/test_faults.py"
READER = "media/test_reader.py"
WRITER = "media/test_writer.py"
OUTPUT = "media/test_output.py"
PICTURE = "media/test_pictures.py"
PICTURES = "faults/test_picture_folder.py"
WEIGHTS = "features/test_weights.py"

SECTIONS: dict[str, list[Row]] = {
    "Process, disk, memory": [
        Row(
            "SIGKILL in the middle of a commit",
            "next run says “resuming: N of M frames verified”; same bytes as without the kill",
            (f"{FOLDER}::test_kill_at_every_place_of_a_commit",),
            Guard(
                "core/files.py",
                "    temporary = temporary_name(path)\n",
                "    temporary = path\n",
            ),
        ),
        Row(
            "20 SIGKILLs in a row, each resumed",
            "every run goes on from the last journalled frame; same bytes in the end",
            (f"{PROCESS}::test_kills_in_a_row_until_done",),
            Guard("render/ingest.py", "known = min(1, self._committed)", "known = 0"),
        ),
        Row(
            "SIGKILL at random times",
            "output absent or complete; same bytes in the end",
            (f"{PROCESS}::test_kills_at_random_times", f"{FOLDER}::test_kills_at_random_times"),
        ),
        Row(
            "SIGKILL while the output gets its name",
            "the old output or the complete new one",
            (f"{PROCESS}::test_kill_while_the_output_gets_its_name",),
            Guard(
                "core/files.py",
                '    failpoint("publish")\n    _rename(partial, path, "published")\n',
                '    _rename(partial, path, "published")\n    failpoint("publish")\n',
            ),
        ),
        Row(
            "SIGKILL while an old sweep is given up",
            "its files are deleted at the next start; same bytes in the end",
            (
                f"{RESULTS}::test_kills_between_sweeps_and_while_old_ones_are_given_up",
                f"{WORKDIR}::test_discard_is_finished_after_a_kill_and_keeps_what_was_made_since",
            ),
            Guard(
                "storage/workdir.py",
                "remove_temporaries(folder)\n            self._delete_given_up()",
                "remove_temporaries(folder)",
            ),
        ),
        Row(
            "torn last line of the journal",
            "cut off; the next line is readable",
            (f"{JOURNAL}::test_torn_last_line_is_cut_off_and_the_next_is_readable",),
            Guard(
                "storage/journal.py",
                "os.ftruncate(self._file, self._length)\n        except",
                "pass\n        except",
            ),
        ),
        Row(
            "damaged line in the middle of the journal",
            "left out and counted; its frame is made again",
            (f"{JOURNAL}::test_damaged_middle_lines_are_counted_and_left_out",),
            Guard(
                "storage/journal.py", "except (ValueError, RecursionError):", "except ValueError:"
            ),
        ),
        Row(
            "committed frame damaged or deleted",
            "named, made again with the same bytes",
            (
                f"{WORKDIR}::test_damaged_and_missing_frames_are_forgotten_and_named",
                f"{PROCESS}::test_damaged_frame_is_made_again_with_the_same_bytes",
            ),
            Guard(
                "storage/ledger.py",
                "if _digest(folder / name) != entry.sha256",
                "if not (folder / name).exists()",
            ),
        ),
        Row(
            "committed alpha damaged",
            "read again from the clip, not left out",
            (f"{PROCESS}::test_damaged_alpha_is_read_again",),
            Guard(
                "storage/frames.py",
                'if not self._workdir.extra(SOURCE, index).get("alpha")',
                "if True",
            ),
        ),
        Row(
            "first SIGINT, SIGTERM, SIGHUP",
            "stops at the next iteration, keeps what is done, dies of the signal (130, 143, 129)",
            (f"{PROCESS}::test_first_signal_stops_and_the_work_stays",),
            Guard(
                "core/signals.py",
                "    os.kill(os.getpid(), signum)\n",
                "    raise SystemExit(128 + signum)\n",
            ),
        ),
        Row(
            "signal or failure while the finished clip is measured",
            "the clip stays; summary and JSON say why there are no figures; dies of the signal",
            (
                "test_pipeline.py::test_a_signal_while_measuring_leaves_what_is_known_of_the_clip",
                "test_pipeline.py::test_a_failure_while_measuring_leaves_it_too",
            ),
            Guard(
                "pipeline.py",
                "                unmeasured = why_not_measured(error)\n",
                "                raise\n",
            ),
        ),
        Row(
            "second signal",
            "ends at once",
            (
                f"{PROCESS}::test_second_signal_ends_at_once_and_loses_one_frame_at_most",
                "core/test_signals.py::test_second_signal_ends_a_process_that_does_not_listen",
            ),
            Guard(
                "core/signals.py",
                "            signal.signal(each, signal.SIG_DFL)",
                "            pass",
            ),
        ),
        Row(
            "signal in a shell loop",
            "the loop ends; with a mere exit status 130 it would go on",
            (
                "core/test_signals.py::test_death_by_signal_ends_a_shell_loop_and_an_exit_status_does_not",
            ),
        ),
        Row(
            "signal before the work",
            "ends silently, no traceback",
            (f"{PROCESS}::test_signal_before_the_work_ends_silently",),
            Guard("cli/main.py", "    end_at_interrupt()\n", ""),
        ),
        Row(
            "signals ignored by nohup or a background job",
            "stay ignored",
            ("core/test_signals.py::test_ignored_signals_stay_ignored",),
            Guard(
                "core/signals.py", "if signal.getsignal(signum) is not signal.SIG_IGN:", "if True:"
            ),
        ),
        Row(
            "disk full, broken, over quota",
            "15 with bytes needed and free; frames kept; resumes to the same bytes",
            (
                f"{PROCESS}::test_full_or_broken_disk_is_15_and_keeps_frames",
                f"{FOLDER}::test_disk_error_at_every_place_is_15_and_loses_nothing",
            ),
            Guard(
                "core/files.py",
                "        raise disk.explain(error, path, len(data)) from error",
                "        raise",
            ),
        ),
        Row(
            "disk full in the middle of a journal line",
            "the half line is taken back",
            (f"{JOURNAL}::test_failed_append_leaves_the_journal_as_it_was",),
            Guard(
                "storage/journal.py",
                "            os.ftruncate(self._file, self._length)\n            raise",
                "            raise",
            ),
        ),
        Row(
            "disk full in the background",
            "later frames are not committed behind the gap; the run ends with 15",
            (f"{WORKDIR}::test_failed_asynchronous_commit_surfaces_and_stops_later_ones",),
            Guard(
                "storage/commit_queue.py",
                "if self._failure is None:\n                    job()",
                "job()",
            ),
        ),
        Row(
            "limit on file sizes (RLIMIT_FSIZE)",
            "15 with what was needed",
            (
                f"{PROCESS}::test_file_size_limit_is_15",
                f"{FOLDER}::test_file_size_limit_is_15_and_names_what_is_needed",
            ),
            Guard("core/disk.py", "errno.EDQUOT, errno.EFBIG}", "errno.EDQUOT}"),
        ),
        Row(
            "disk probably too small",
            "a warning before the work",
            ("core/test_disk.py::test_preflight_warns_only_when_room_is_short",),
            Guard("core/disk.py", "if free >= bytes_needed:", "if True:"),
        ),
        Row(
            "out of memory on the CPU (RLIMIT_AS)",
            "16 with the largest size that fits; that size does fit",
            (
                "core/test_memory.py::test_suggested_size_fits_under_a_real_limit",
                f"{PROCESS}::test_out_of_memory_is_16_with_a_size_that_fits",
            ),
            Guard("core/memory.py", "WORKSPACE = 3.0", "WORKSPACE = 0.5"),
        ),
        Row(
            "out of memory on the GPU",
            "once more after emptying the cache, then 16; never smaller silently",
            (
                "core/test_memory.py::test_gpu_is_tried_once_more_and_the_cpu_is_not",
                "core/test_memory.py::test_second_failure_and_other_errors_pass_through",
            ),
            Guard(
                "core/memory.py",
                '        if not device.startswith("cuda") or not is_out_of_memory(error):\n'
                "            raise",
                "        raise",
            ),
        ),
        Row(
            "out of memory, a photograph",
            "16 with a size",
            ("render/test_still.py::test_fault_memory_runs_out",),
            Guard(
                "render/still.py", "        if not is_out_of_memory(error):\n", "        if True:\n"
            ),
        ),
        Row(
            "two runs in one work folder",
            "13, names process, host and start; the lock dies with its process",
            (
                f"{PROCESS}::test_second_run_in_the_same_folder_is_13",
                f"{FOLDER}::test_second_process_is_refused_and_the_lock_dies_with_the_first",
            ),
            Guard(
                "storage/lock.py",
                "            self._lock.acquire(blocking=False)\n",
                "            pass\n",
            ),
        ),
        Row(
            "settings changed on resume",
            "14, old → new; `--restart` archives, deletes nothing",
            (
                f"{PROCESS}::test_changed_settings_are_14_and_restart_archives",
                f"{WORKDIR}::test_restart_archives_everything",
            ),
            Guard("storage/archive.py", "    if changed:\n", "    if False:\n"),
        ),
        Row(
            "clip or style changed on resume",
            "14, names which",
            (f"{PROCESS}::test_changed_clip_and_style_are_14",),
            Guard(
                "render/fingerprint.py",
                '        "clip": file_identity(info.pictures or info.path),\n',
                "",
            ),
        ),
        Row(
            "list of shots changed on resume",
            "14",
            (f"{PROCESS}::test_changed_list_of_shots_is_14",),
            Guard("render/fingerprint.py", "for path in (settings.shots,)", "for path in ()"),
        ),
        Row(
            "clock set back",
            "changes nothing: hashes count, not times",
            (f"{PROCESS}::test_clock_set_back_changes_nothing",),
        ),
        Row(
            "read-only input",
            "is read, untouched",
            (f"{PROCESS}::test_read_only_input_is_read_and_untouched",),
        ),
        Row(
            "unreadable input",
            "10 or 11 before any work",
            (f"{PROCESS}::test_unreadable_input_is_refused_before_any_work",),
        ),
        Row(
            "output folder missing",
            "12 before any work",
            (
                f"{PROCESS}::test_missing_output_folder_is_12_before_any_work",
                f"{OUTPUT}::test_fault_output_folder_missing",
            ),
            Guard("core/disk.py", "    if not is_folder(folder):\n", "    if False:\n"),
        ),
        Row(
            "output folder not writable",
            "12 before any work",
            (
                f"{PROCESS}::test_output_folder_without_permission_is_12_before_any_work",
                f"{OUTPUT}::test_fault_output_folder_without_permission",
            ),
        ),
        Row(
            "work folder or its files without permission",
            "12; goes on once it is writable",
            (f"{FOLDER}::test_folder_without_permission_is_12",),
            Guard("core/disk.py", "NOT_ALLOWED = {errno.EACCES, ", "NOT_ALLOWED = {"),
        ),
        Row(
            "output exists",
            "12 unless `--overwrite`; then replaced only at the end",
            (f"{PROCESS}::test_existing_output_is_12_and_replaced_only_at_the_end",),
            Guard("media/output.py", "if occupied and not overwrite:", "if False:"),
        ),
        Row(
            "an old folder of pictures cannot be replaced",
            "15, it is as it was",
            (f"{PICTURES}::test_failed_publishing_leaves_the_old_folder_in_its_place",),
            Guard(
                "media/picture_writer.py",
                "                restore_folder(self._folder)\n",
                "                pass\n",
            ),
        ),
        Row(
            "killed while a folder of pictures is replaced",
            "the next run brings the old folder back, or removes it where the new one is there",
            (
                f"{PICTURES}::test_old_folder_comes_back_after_a_kill_before_publishing",
                f"{PICTURES}::test_old_folder_that_a_kill_left_behind_does_not_stop_later_runs",
            ),
            Guard("media/output.py", "        old.rename(folder)\n", "        pass\n"),
        ),
        Row(
            "pictures into the current folder, one above it, or a whole disk",
            "12 before any work",
            (
                f"{OUTPUT}::test_folder_that_cannot_be_exchanged_is_refused",
                f"{OUTPUT}::test_current_folder_through_a_link_and_by_its_own_name",
            ),
            Guard(
                "media/output.py",
                'if folder.name in ("", "..") or is_current or os.path.ismount(folder):',
                "if False:",
            ),
        ),
        Row(
            "the output would replace the clip or a style",
            "12 before any work, also through links",
            (f"{OUTPUT}::test_output_that_is_an_input_is_refused",),
            Guard(
                "media/output.py",
                "if any(target.samefile(place) for place in (real, *real.parents)):",
                "if False:",
            ),
        ),
        Row(
            "names too long, links that lead nowhere",
            "10, 11 or 12 before any work",
            (
                f"{OUTPUT}::test_fault_name_too_long",
                f"{OUTPUT}::test_fault_link_that_leads_nowhere",
                f"{VIDEO}::test_fault_name_too_long",
                f"{VIDEO}::test_fault_link_that_leads_nowhere",
                f"{PICTURE}::test_fault_name_too_long",
                f"{WORKDIR}::test_name_that_is_too_long_is_12",
            ),
            Guard(
                "core/disk.py",
                "        if error.errno != errno.ENAMETOOLONG:\n",
                "        if True:\n",
            ),
        ),
        Row(
            "pixel format or quality that the encoder does not have",
            "2 before any work",
            (f"{OUTPUT}::test_encoder_settings_are_checked_before_any_work",),
            Guard(
                "media/output.py",
                "        check_encoding(codec_for(path, codec), pixel_format, quality)\n",
                "        codec_for(path, codec)\n",
            ),
        ),
        Row(
            "output folder on a full disk",
            "15 before any work",
            (f"{OUTPUT}::test_fault_disk_full_before_any_work",),
            Guard("core/disk.py", "    if error.errno in NOT_ALLOWED:\n", "    if True:\n"),
        ),
        Row(
            "the folder holds files of somebody else",
            "12, left alone, also with `--restart`",
            (f"{WORKDIR}::test_folder_with_other_files_is_left_alone",),
            Guard(
                "storage/archive.py", "    if held and settings not in held:\n", "    if False:\n"
            ),
        ),
        Row(
            "work folder deleted while running",
            "12 or 15, no traceback",
            (f"{PROCESS}::test_work_folder_deleted_while_running",),
        ),
        Row(
            "stdin closed",
            "runs",
            (f"{PROCESS}::test_closed_stdin",),
        ),
        Row(
            "`NO_COLOR`, `TERM=dumb`",
            "no escape codes",
            (f"{PROCESS}::test_no_colour",),
        ),
        Row(
            "loss not finite once",
            "one deterministic retry with half the step",
            (f"{RESULTS}::test_not_finite_once_is_tried_again_and_the_same_each_time",),
            Guard(
                "engines/optimised/engine.py",
                "except NotFiniteError:\n",
                "except ZeroDivisionError:\n",
            ),
        ),
        Row(
            "loss not finite again",
            "17 with frame and iteration; nothing broken is committed",
            (
                f"{RESULTS}::test_not_finite_twice_is_17_and_commits_nothing_broken",
                "optimize/test_optimize.py::test_not_finite_is_named_with_its_iteration",
            ),
        ),
        Row(
            "a long clip",
            "memory at frame 50 as at frame 20 (1000 frames: `scripts/memory_growth.py`)",
            ("faults/test_growth.py::test_resident_memory_stays",),
            Guard("storage/frames.py", "while len(self._cache) > KEPT:", "while False:"),
        ),
    ],
    "Video": [
        Row(
            "corrupt packets",
            "10 with frame and time; `--on-corrupt repeat`: 3 and a list",
            (
                f"{VIDEO}::test_fault_corrupt_packets",
                f"{RESULTS}::test_damaged_clip_is_10_or_with_repeat_3_and_a_list",
            ),
            Guard(
                "media/decode.py",
                'yield Decoded(hole, None, "a packet is damaged")\n            if shape',
                "pass\n            if shape",
            ),
        ),
        Row(
            "truncated MP4 without index",
            "10, says that the index is missing",
            (f"{VIDEO}::test_fault_truncated_mp4_without_index",),
            Guard("media/opening.py", 'if head[4:8] == b"ftyp"', 'if head[4:8] == b"none"'),
        ),
        Row(
            "truncated faststart MP4 or MKV",
            "10 before any frame, with a number of frames that can be rendered",
            (
                f"{VIDEO}::test_fault_truncated_clip_is_noticed_before_any_frame",
                f"{VIDEO}::test_advice_for_a_clip_cut_short_works",
            ),
            Guard(
                "media/reader.py",
                "            if entry.pos + entry.size > length:\n",
                "            if False:\n",
            ),
        ),
        Row(
            "most of the clip missing",
            "10",
            (f"{VIDEO}::test_fault_clip_of_which_most_is_missing",),
            Guard("media/decode.py", "    if missing > book.packets:\n", "    if False:\n"),
        ),
        Row(
            "sound only, or no frames",
            "10",
            (f"{VIDEO}::test_fault_audio_only_and_no_frames",),
            Guard("media/opening.py", "    if not streams:\n", "    if False:\n"),
        ),
        Row(
            "not a video, missing, a pipe",
            "10",
            (
                f"{VIDEO}::test_fault_not_a_video",
                f"{VIDEO}::test_fault_missing_file_and_folder",
                f"{VIDEO}::test_fault_not_a_regular_file",
            ),
            Guard(
                "media/probe.py",
                "    if not path.is_file():\n        raise",
                "    if False:\n        raise",
            ),
        ),
        Row(
            "variable frame rate",
            "times and durations kept",
            (
                f"{READER}::test_times_and_durations_of_a_variable_rate",
                "media/test_kinds.py::test_times_audio_tags_and_shape_are_kept",
            ),
            Guard(
                "media/reader.py",
                "yield replace(before, duration=pts - before.pts)",
                "yield replace(before, duration=step)",
            ),
        ),
        Row(
            "rotated phone clip",
            "upright",
            (f"{READER}::test_fault_rotated_phone_clip",),
            Guard(
                "media/reader.py",
                "orient(picture, info.rotation, info.flipped)",
                "orient(picture, 0, False)",
            ),
        ),
        Row("odd sizes", "kept", (f"{READER}::test_fault_odd_sizes", f"{WRITER}::test_odd_sizes")),
        Row("10 bits", "read as 16 bits", (f"{READER}::test_fault_ten_bits",)),
        Row(
            "HDR (PQ, HLG)",
            "10 with the command that tone-maps",
            (f"{VIDEO}::test_fault_hdr",),
            Guard("media/probe.py", "    if is_hdr(info.colour):\n", "    if False:\n"),
        ),
        Row(
            "alpha",
            "kept or composited",
            (f"{READER}::test_fault_alpha", f"{WRITER}::test_alpha_is_kept_where_the_codec_can"),
            Guard(
                "media/reader.py",
                "yield frame if keep_alpha or frame.alpha is None else composite(frame)",
                "yield frame",
            ),
        ),
        Row(
            "interlaced",
            "deinterlaced, one frame for each",
            (f"{READER}::test_fault_interlaced",),
            Guard(
                "media/decode.py",
                "yield from _deinterlace(frames, stream) if info.interlaced else frames",
                "yield from frames",
            ),
        ),
        Row(
            "resolution bomb",
            "19 before decoding, also behind a small declaration and in a picture",
            (
                f"{VIDEO}::test_fault_resolution_bomb",
                f"{VIDEO}::test_fault_resolution_bomb_behind_a_small_declaration",
                f"{VIDEO}::test_fault_resolution_bomb_as_a_picture",
            ),
            Guard(
                "media/picture_folder.py",
                "    if width * height > max_pixels:\n",
                "    if False:\n",
            ),
        ),
        Row(
            "size changes in the stream",
            "10 with the frame",
            (f"{VIDEO}::test_fault_size_change_in_the_stream",),
            Guard(
                "media/decode.py",
                "if shape is not None and (frame.width, frame.height) != shape:",
                "if False:",
            ),
        ),
        Row(
            "playlist or ffconcat named .mp4",
            "10, not followed",
            (f"{VIDEO}::test_fault_playlists_named_mp4_are_not_followed",),
            Guard(
                "media/opening.py",
                'if head.lstrip().startswith((b"#EXTM3U",',
                'if head.lstrip().startswith((b"#NONE",',
            ),
        ),
        Row(
            "http:, concat: and other addresses",
            "10, nothing is opened",
            (
                f"{VIDEO}::test_fault_addresses_and_protocols",
                f"{VIDEO}::test_fault_subfile_protocol_is_a_missing_file",
            ),
            Guard(
                "media/opening.py",
                "    if looks and disk.why_missing(Path(text)):\n",
                "    if False:\n",
            ),
        ),
        Row(
            "names with space, unicode, newline, %03d, colon, dash, brackets",
            "read and written",
            (
                f"{VIDEO}::test_fault_names",
                f"{RESULTS}::test_names",
                f"{RESULTS}::test_relative_name_with_a_leading_dash",
            ),
        ),
        Row(
            "one frame, two frames",
            "as many come out",
            (
                f"{READER}::test_fault_one_frame_and_two_frames",
                f"{RESULTS}::test_very_short_clips",
            ),
        ),
        Row(
            "static shot",
            "no false occlusion; later frames equal the first bit by bit",
            (
                f"{RESULTS}::test_static_shot_stands_still",
                "flow/test_masks.py::test_static_shot_has_no_false_occlusion",
            ),
            Guard(
                "temporal/pulls.py",
                "warped = torch.where(static > 0, result, warped)",
                "static = static * 0",
            ),
        ),
        Row(
            "black frames",
            "finite, all there",
            (
                f"{RESULTS}::test_black_clip_is_finite",
                "flow/test_masks.py::test_black_frames_are_trusted_and_finite",
            ),
        ),
        Row(
            "scene cut",
            "nothing is carried over; reported",
            (
                "test_pipeline.py::test_a_cut_begins_a_new_shot",
                "test_pipeline.py::test_nothing_is_carried_over_a_cut",
                "execution/test_shot_pass.py::test_a_cut_forgets_everything_before_it",
            ),
            Guard(
                "storage/frames.py",
                "return index in self._timeline.cuts",
                "return False",
            ),
        ),
        Row(
            "animated WebP, PNG or TIFF given as a clip",
            "10 with a way to convert it, which works",
            (f"{VIDEO}::test_fault_animation_named_like_a_picture",),
            Guard("media/picture_folder.py", "    if count > 1:\n", "    if False:\n"),
        ),
        Row(
            "GIF or WebP of equal frames, or of one",
            "written; frames that are merged are said",
            (
                f"{WRITER}::test_animation_of_one_frame",
                f"{WRITER}::test_equal_frames_are_shown_longer_and_said",
                f"{WRITER}::test_still_webp_of_a_static_clip_is_said",
            ),
            Guard("media/animation.py", " and not is_still", ""),
        ),
        Row(
            "pictures of different sizes, broken, changed while running",
            "10 with the picture",
            (
                f"{VIDEO}::test_fault_pictures_of_different_sizes",
                f"{VIDEO}::test_fault_broken_picture",
                f"{VIDEO}::test_fault_picture_that_changes_while_running",
            ),
            Guard("media/probe.py", "        if size != (width, height):\n", "        if False:\n"),
        ),
        Row(
            "output cannot be read back, or lacks a frame",
            "15, the old output stays",
            (
                f"{WRITER}::test_a_result_that_cannot_be_read_back_is_not_published",
                f"{WRITER}::test_verify_notices_missing_frames_and_wrong_times",
            ),
            Guard("media/verify.py", "    if len(found) != expected_frames:\n", "    if False:\n"),
        ),
    ],
    "Style pictures and weights": [
        Row(
            "CMYK with profile",
            "converted by its profile",
            (f"{PICTURE}::test_fault_cmyk_with_profile",),
            Guard("media/pictures.py", "    if profile:\n", "    if False:\n"),
        ),
        Row(
            "EXIF rotation",
            "upright",
            (f"{PICTURE}::test_fault_exif_rotation",),
            Guard("media/pictures.py", "    image = ImageOps.exif_transpose(image)\n", ""),
        ),
        Row(
            "16 bits",
            "scaled, not clipped",
            (f"{PICTURE}::test_fault_16_bit_is_scaled_not_clipped",),
            Guard(
                "media/pictures.py",
                'image.mode.startswith("I") or image.mode == "F"',
                "False",
            ),
        ),
        Row(
            "animated GIF",
            "first frame, said",
            (f"{PICTURE}::test_fault_animated_gif_gives_its_first_frame_and_says_so",),
            Guard("media/pictures.py", 'if getattr(image, "is_animated", False):', "if False:"),
        ),
        Row(
            "SVG, EPS and others",
            "11, by the list of formats",
            (f"{PICTURE}::test_fault_svg_eps_and_others_are_refused_by_the_list",),
            Guard("media/pictures.py", "Image.open(path, formats=FORMATS)", "Image.open(path)"),
        ),
        Row(
            "1×1",
            "11",
            (f"{PICTURE}::test_fault_1x1",),
            Guard(
                "media/pictures.py", "    if min(width, height) < MIN_SIDE:\n", "    if False:\n"
            ),
        ),
        Row(
            "truncated",
            "11",
            (f"{PICTURE}::test_fault_truncated",),
        ),
        Row(
            "decompression bomb, declared giant",
            "19 before decoding",
            (
                f"{PICTURE}::test_fault_decompression_bomb",
                f"{PICTURE}::test_fault_declared_giant_is_refused_without_allocating",
            ),
            Guard("media/pictures.py", "    if width * height > max_pixels:\n", "    if False:\n"),
        ),
        Row(
            "missing picture, a folder",
            "11",
            (f"{PICTURE}::test_fault_missing_picture_and_folder",),
            Guard(
                "media/pictures.py", "    if missing or not path.is_file():\n", "    if False:\n"
            ),
        ),
        Row(
            "hostile pickle",
            "18, nothing runs",
            (f"{WEIGHTS}::test_fault_hostile_pickle_runs_nothing",),
            Guard("features/weights.py", "weights_only=True", "weights_only=False"),
        ),
        Row(
            "wrong hash",
            "18 before parsing, on every load",
            (
                f"{WEIGHTS}::test_fault_wrong_hash_is_seen_before_parsing_on_every_load",
                f"{WEIGHTS}::test_fault_hub_file_of_wrong_hash",
            ),
            Guard(
                "features/weights.py",
                "    if expected and not digest.startswith(expected):\n",
                "    if False:\n",
            ),
        ),
        Row(
            "empty, a web page, not weights",
            "18 with what was expected and found",
            (f"{WEIGHTS}::test_fault_empty_html_or_foreign_weight_file",),
            Guard("features/weights.py", "    if size == 0:\n", "    if False:\n"),
        ),
        Row(
            "truncated weights",
            "18",
            (f"{WEIGHTS}::test_fault_truncated_weight_file",),
            Guard(
                "features/weights.py",
                '        raise _not_weights(path, "is damaged", str(error)) from error\n',
                "        raise\n",
            ),
        ),
        Row(
            "weights that unpack without measure",
            "19",
            (f"{WEIGHTS}::test_fault_file_that_unpacks_without_measure",),
            Guard(
                "features/weights.py",
                "            if unpacked > MAX_BYTES:\n",
                "            if False:\n",
            ),
        ),
        Row(
            "cached weights changed",
            "18 on every load",
            (f"{WEIGHTS}::test_fault_cached_weights_are_checked_on_every_load",),
            Guard(
                "features/cache.py",
                "return read_weights(path, _recorded_digest(path))",
                "return read_weights(path)",
            ),
        ),
        Row(
            "arbitrary bytes as style, flow, weights, settings, journal",
            "only explained errors (more: `scripts/fuzz.py`)",
            (
                "faults/test_fuzz.py::test_valid_and_odd_seeds",
                "faults/test_fuzz.py::test_damaged_bytes",
            ),
            Guard(
                "settings/loading.py",
                "(OSError, ValueError, RecursionError)",
                "(OSError, ValueError)",
            ),
        ),
    ],
}
