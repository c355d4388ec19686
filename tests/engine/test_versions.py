"""What every turn keeps to explain its reply, whoever made it."""

import json
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

from careline import __version__
from careline.engine.versions import Versions, digest
from tests.engine.conftest import World
from tests.engine.scripted import raising


async def raw_of(world: World, turn_id: str) -> list[dict[str, object]]:
    wanted = text("SELECT raw FROM turns WHERE id = :id")
    found = await world.store.database.read(lambda conn: conn.execute(wanted, {"id": turn_id}).scalar_one())
    raw: list[dict[str, object]] = json.loads(found)
    return raw


def test_every_turn_keeps_its_versions_and_times(in_world: Callable[..., None]) -> None:
    async def test(world: World) -> None:
        process = world.process()
        process.assistant.scripts["fail"] = raising(ValueError("no"), "half")
        for said in ("hello", "fail", "I have crushing chest pain and I cannot breathe"):
            turn_id = await process.say(said)
            await process.log(turn_id)
            told = (await raw_of(world, turn_id))[-1]["turn"]
            assert isinstance(told, dict)
            assert told["versions"] == {"careline": __version__, "assistant": "1"}
            assert told["attempt"] == 1
            assert 0 <= told["first_token_ms"] <= told["ms"]

    in_world(test)


def test_a_version_changes_with_any_file(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    (rules / "deep").mkdir(parents=True)
    (rules / "deep" / "a.yaml").write_text("a: 1")
    versions = Versions({"safety": [rules], "none": [tmp_path / "nothing"]})
    first = digest([rules])
    assert versions.data == {"safety": first, "none": digest([])}
    (rules / "code.py").write_text("pass")
    (rules / ".hidden").write_text("x")
    assert digest([rules]) == first
    (rules / "deep" / "a.yaml").write_text("a: 2")
    second = digest([rules])
    (rules / "deep" / "a.yaml").rename(rules / "b.yaml")
    assert len({first, second, digest([rules])}) == 3
    assert versions.data["safety"] == first
