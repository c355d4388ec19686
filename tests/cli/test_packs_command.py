"""`careline packs check` and `careline packs copy`."""

from pathlib import Path

from tests.cli.careline_command import careline


def test_the_shipped_pack_has_no_problems(tmp_path: Path) -> None:
    ended = careline(tmp_path, "packs", "check")
    assert (ended.returncode, ended.stdout) == (0, "istanbul_medic: no problems.\n")


def test_a_copy_is_a_pack_of_its_own_and_its_mistakes_have_a_line(tmp_path: Path) -> None:
    assert careline(tmp_path, "packs", "copy", "istanbul_medic", "packs/my_clinic").returncode == 0
    assert careline(tmp_path, "packs", "check", "packs/my_clinic").stdout == "my_clinic: no problems.\n"
    head = tmp_path / "packs" / "my_clinic" / "pack.yaml"
    lines = head.read_text().splitlines()
    number = next(n for n, line in enumerate(lines, 1) if line.startswith("default_agent: "))
    lines[number - 1] = "default_agent: bella"
    head.write_text("\n".join(lines))
    ended = careline(tmp_path, "packs", "check", "packs")
    assert ended.returncode == 1
    assert ended.stdout.startswith(f"packs/my_clinic/pack.yaml:{number}: ")
    assert "bella" in ended.stdout


def test_own_packs_come_first_and_are_all_checked(tmp_path: Path) -> None:
    careline(tmp_path, "packs", "copy", "istanbul_medic", "packs/a_clinic")
    careline(tmp_path, "packs", "copy", "istanbul_medic", "packs/b_clinic")
    ended = careline(tmp_path, "packs", "check", CARELINE_PACKS_DIR="packs", CARELINE_PACK="b_clinic")
    assert ended.stdout == "a_clinic, b_clinic: no problems.\n"


def test_nothing_is_overwritten_and_an_unknown_pack_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    assert careline(tmp_path, "packs", "copy", "istanbul_medic", "mine").returncode == 1
    ended = careline(tmp_path, "packs", "copy", "nobodys", "new")
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)


def test_a_folder_without_a_pack_is_a_problem(tmp_path: Path) -> None:
    ended = careline(tmp_path, "packs", "check", str(tmp_path))
    assert ended.returncode == 1
    assert "pack.yaml" in ended.stdout
