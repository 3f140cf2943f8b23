"""Reading a container's log while its shim rotates it."""

import json
from pathlib import Path

from virtwright.providers.namespace.logs import read_logs


def write(path: Path, *texts: str) -> None:
    path.write_text("".join(json.dumps({"time": "", "stream": "stdout", "text": text}) + "\n" for text in texts))


def read(folder: Path, tail: int | None = None) -> list[str]:
    return [line.text for line in read_logs(folder, tail=tail)]


def test_the_oldest_lines_come_first(tmp_path: Path) -> None:
    for name, texts in (("log", "ef"), ("log.1", "cd"), ("log.2", "ab")):
        write(tmp_path / name, *texts)
    assert read(tmp_path) == list("abcdef")
    assert read(tmp_path, tail=3) == list("def")


def test_what_is_rotated_meanwhile_is_told_once(tmp_path: Path) -> None:
    write(tmp_path / "log", "b")
    write(tmp_path / "log.2", "a")
    (tmp_path / "log.1").hardlink_to(tmp_path / "log")
    assert read(tmp_path) == ["a", "b"]


def test_what_is_rotated_away_meanwhile_is_left_out(tmp_path: Path) -> None:
    write(tmp_path / "log", "b")
    (tmp_path / "log.1").symlink_to(tmp_path / "gone")
    assert read(tmp_path) == ["b"]


def test_half_a_letter_at_the_end_is_left_for_later(tmp_path: Path) -> None:
    write(tmp_path / "log", "a")
    with (tmp_path / "log").open("ab") as file:
        file.write('{"time": "", "stream": "stdout", "text": "\u00e9'.encode()[:-1])
    assert read(tmp_path) == ["a"]


def test_who_reads_no_further_leaves_no_file_open(tmp_path: Path) -> None:
    write(tmp_path / "log", "b")
    write(tmp_path / "log.1", "a")
    before = len(list(Path("/proc/self/fd").iterdir()))
    lines = read_logs(tmp_path, follow=True)
    assert next(lines).text == "a"
    lines.close()  # type: ignore[attr-defined]
    assert len(list(Path("/proc/self/fd").iterdir())) == before
