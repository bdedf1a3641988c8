"""A million rows and two gigabytes: correct results at little cost to the web process."""

import hashlib

import httpx
import pytest

from tests.large import MILLION, RARE, RARE_ROW, TOPICS, make_million, watched_memory
from tests.studio import running_studio

pytestmark = pytest.mark.long
MEGABYTE = 1_000_000
_PIECE = b'"What is asked?","' + b"x" * 980 + b'"\n'


def test_a_table_of_a_million_rows_costs_the_web_process_little(tmp_path):
    make_million(tmp_path / "workspace")
    with running_studio(tmp_path / "workspace") as studio, studio.client() as client:

        def found(**query) -> dict:
            answer = client.get("/api/datasets/million/table", params=query)
            assert answer.status_code == 200, answer.text
            return answer.json()

        with watched_memory(studio.process.pid) as memory:
            assert found()["total"] == MILLION
            assert [row["row"] for row in found(search=RARE.upper())["rows"]] == [RARE_ROW]
            assert found(search="Lazy DOG")["total"] == MILLION
            assert found(search="not in any row")["total"] == 0
            assert found(topic="topic 3")["total"] == len(range(3, MILLION + 1, TOPICS))
            assert found(tag="hard")["total"] == MILLION // 1000
            assert found(rows=list(range(1, MILLION, 10_000)))["total"] == 100
            assert found(sort="output")["rows"][0]["output"].startswith("000000 ")
            assert found(sort="output", offset=MILLION - 1)["rows"][0]["output"].startswith("999999 ")
            assert found(sort="instruction", descending=True)["rows"][0]["instruction"] == "Question 999999 of many?"
            assert [row["row"] for row in found(sort="row", descending=True, limit=2)["rows"]] == [MILLION, MILLION - 1]
            assert found(search=RARE, sort="length")["rows"][0]["row"] == RARE_ROW
            assert found(limit=500, offset=500_000)["rows"][-1]["row"] == 500_500
    assert memory["grown_bytes"] <= 300 * MEGABYTE


def test_an_upload_of_two_gigabytes_costs_the_web_process_little(tmp_path):
    digest, pieces = hashlib.sha256(), 2 * 1024

    def content():
        piece = _PIECE * 1049
        for _ in range(pieces):
            digest.update(piece)
            yield piece

    with running_studio(tmp_path / "workspace") as studio, studio.client() as client:
        with watched_memory(studio.process.pid) as memory:
            answer = client.post("/api/datasets/uploads", params={"filename": "large.csv"}, content=content())
        assert answer.status_code == 201, answer.text
        kept = studio.home / "uploads" / answer.json()["id"] / "large.csv"
        assert kept.stat().st_size == answer.json()["bytes"] == pieces * 1049 * len(_PIECE) > 2_000_000_000
        with kept.open("rb") as file:
            assert hashlib.file_digest(file, "sha256").digest() == digest.digest()
    assert memory["grown_bytes"] <= 200 * MEGABYTE


def test_a_server_killed_during_an_upload_cleans_up_after_its_restart(tmp_path):
    home = tmp_path / "workspace"

    with running_studio(home, ends_all=False) as studio, studio.client() as client:

        def kill_soon():
            for _ in range(300):
                yield _PIECE * 1049
            studio.process.kill()
            studio.process.wait()
            yield _PIECE

        with pytest.raises(httpx.TransportError):
            client.post("/api/datasets/uploads", params={"filename": "large.csv"}, content=kill_soon())
    [left] = (home / "uploads").iterdir()
    assert left.name.endswith(".partial")
    with running_studio(home):
        assert list((home / "uploads").iterdir()) == []
