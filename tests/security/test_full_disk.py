"""A studio on a disk that is full to the last byte, its database too: what would add is refused with the bytes needed
and leaves nothing behind; what steers, frees or only reads goes on."""

import re
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.small_disk import MEGABYTE, SmallDisk
from tests.studio import Studio, end_processes_of, job_ended, running_studio
from tests.waiting import until

pytestmark = pytest.mark.small_disk

TOLD = r"The disk is full: at least [\d,]+ bytes are needed in \S+, and [\d,]+ are free\."
ADDS, STEERS, PASSES_ON, ELSEWHERE = "adds", "steers", "passes on", "for a run that is not here"
CSV = "instruction,output\n" + "What is gout?,A painful swelling of a joint.\n" * 40
PREPARE = {"source": "sample", "domain": "legal", "num_samples": 20}
_CHAT = {"messages": [{"role": "user", "content": "Hello"}]}
_JUDGE = {"evaluation": "none", "model": "starter"}
WRITING = {
    "POST /api/jobs/prepare": (ADDS, {"json": PREPARE}),
    "POST /api/jobs/synthesize": (ADDS, {"json": {"task": "paraphrase", "dataset": "made"}}),
    "POST /api/jobs/train": (ADDS, {"json": {"dataset": "made"}}),
    "POST /api/jobs/evaluate": (ADDS, {"json": {"dataset": "made", "model": "starter"}}),
    "POST /api/jobs/export": (ADDS, {"json": {"model": "starter"}}),
    "POST /api/jobs/benchmark": (ADDS, {"json": {"models": ["starter"]}}),
    "POST /api/jobs/{job_id}/pause": (STEERS, {}),
    "POST /api/jobs/{job_id}/resume": (ADDS, {}),
    "POST /api/jobs/{job_id}/cancel": (STEERS, {}),
    "POST /api/jobs/{job_id}/move": (STEERS, {"params": {"to": "first"}}),
    "POST /api/jobs/{job_id}/finish": (ELSEWHERE, {}),
    "POST /api/jobs/{job_id}/discard": (ELSEWHERE, {}),
    "PATCH /api/runs/{run_id}": (ELSEWHERE, {"json": {"add_tags": ["a"]}}),
    "DELETE /api/runs/{run_id}": (ELSEWHERE, {}),
    "POST /api/runs/{run_id}/again": (ELSEWHERE, {}),
    "POST /api/runs/{run_id}/clone": (ELSEWHERE, {"json": {}}),
    "POST /api/runs/{run_id}/continue": (ELSEWHERE, {"json": {"step": 1}}),
    "POST /api/evaluations/{job_id}/gate": (ELSEWHERE, {"json": {"thresholds": "minimum_examples: 1"}}),
    "POST /api/sweeps": (ADDS, {"json": {"settings": {"dataset": "made"}, "vary": {"learning_rate": "1e-4, 1e-3"}}}),
    "PUT /api/evaluations/{job_id}/examples/{place}/remark": (ELSEWHERE, {"json": {"comment": "a"}}),
    "POST /api/jobs/judge": (ELSEWHERE, {"json": _JUDGE}),
    "POST /api/judging/preview": (ELSEWHERE, {"json": _JUDGE}),
    "POST /api/judging/{job_id}/ratings": (ELSEWHERE, {"json": {"marks": []}}),
    "POST /api/evaluations/{job_id}/dataset": (ELSEWHERE, {"json": {}}),
    "POST /api/trash/{trash_id}/restore": (ELSEWHERE, {}),
    "POST /api/datasets/uploads": (ADDS, {"params": {"filename": "a.csv"}, "content": CSV}),
    "POST /api/datasets/{dataset}/revise": (ADDS, {"json": {"dedupe": "near"}}),
    "POST /api/datasets/{dataset}/restore": (ADDS, {"json": {"version": 1}}),
    "POST /api/datasets/{dataset}/rewards": (STEERS, {"json": {"rewards": ["ends"]}}),
    "GET /api/datasets/{dataset}/export": (ADDS, {"params": {"format": "csv"}}),
    "DELETE /api/datasets/{dataset}": (STEERS, {}),
    "POST /api/deployments": (ADDS, {"json": {"model": "starter", "port": 0}}),
    "POST /api/deployments/{deployment_id}/stop": (STEERS, {}),
    "POST /v1/chat/completions": (PASSES_ON, {"json": _CHAT}),
    "POST /v1/completions": (PASSES_ON, {"json": {"prompt": "Hello"}}),
    "POST /generate": (PASSES_ON, {"json": {"prompt": "Hello"}}),
    "POST /rerank": (PASSES_ON, {"json": {"query": "Hello", "documents": ["Hi"]}}),
}
"""Every route that may write, what it does on a full disk, and a request that would succeed on another. In the order in
which they are asked: those that would end what the others need come last."""
_LAST = ("POST /api/jobs/{job_id}/cancel", "DELETE /api/datasets/{dataset}")


@pytest.fixture(scope="module")
def disk(tmp_path_factory):
    with closing(SmallDisk(tmp_path_factory.mktemp("small") / "workspace", 48 * MEGABYTE)) as small:
        yield small


@pytest.fixture(scope="module")
def studio(disk):
    """One that runs on it."""
    with running_studio(disk.place, inside=disk.command) as running:
        yield running


@pytest.fixture(scope="module")
def ids(studio: Studio, disk: SmallDisk) -> dict[str, str]:
    """A dataset, a job that is held, and a deployment; with them the disk is full."""
    with studio.client() as client:
        _make_dataset(client)
        served = client.post("/api/deployments", json={"model": "starter", "port": 0}).json()["id"]
        client.post(f"/api/deployments/{served}/stop").raise_for_status()
        held = client.post("/api/jobs/export", json={"model": "starter"}).json()["id"]
        client.post(f"/api/jobs/{held}/pause").raise_for_status()
    _await_reserve(disk)
    disk.fill()
    return {"dataset": "made", "job_id": held, "deployment_id": served}


def _make_dataset(client) -> None:
    made = client.post("/api/jobs/prepare", json=PREPARE | {"name": "made"}).raise_for_status().json()
    assert job_ended(client, made)["state"] == "succeeded"


def _await_reserve(disk: SmallDisk) -> None:
    until(lambda: (disk.seen / "studio.db.reserve").exists() and (disk.seen / "studio.db.reserve").stat().st_size)


@pytest.fixture(scope="module")
def answers(studio: Studio, disk: SmallDisk, ids) -> dict[str, tuple[httpx.Response, set[str]]]:
    """What each route that writes answered, and what it changed on the disk."""
    found = {}
    with studio.client(headers={"Connection": "close"}) as client:  # an error of the server's ends a connection
        for route in (*(route for route in WRITING if route not in _LAST), *_LAST):
            disk.fill(leaving=MEGABYTE // 2)  # of what the first that steers gives back of the reserve
            before = _left(disk)
            verb, path = route.split(" ")
            does, request = WRITING[route]
            named = dict.fromkeys(("job_id", "run_id", "trash_id", "place"), "0") if does == ELSEWHERE else ids
            answer = client.request(verb, path.format(**named), **request)
            found[route] = answer, _left(disk) ^ before
    return found


def _those_that(answers: dict, does: str) -> dict:
    return {route: answers[route] for route in answers if WRITING[route][0] == does}


def _left(disk: SmallDisk) -> set[str]:
    """Everything on the disk but the database's own files, logs, what fills it, and the folder of each kind."""
    files = {path.relative_to(disk.seen).as_posix() for path in disk.seen.rglob("*") if not _of_a_kind(path, disk)}
    return {name for name in files if not name.startswith(("studio.db", "logs/", "filler"))}


def _of_a_kind(path: Path, disk: SmallDisk) -> bool:
    """Whether it is a folder such as `runs`, which the first job of its kind makes, refused or not."""
    return path.parent == disk.seen and path.is_dir()


def test_every_route_that_writes_is_listed_here(studio: Studio):
    """A new one must be named above."""
    with studio.client() as client:
        paths = client.get("/openapi.json").json()["paths"]
    found = {f"{verb.upper()} {path}" for path, verbs in paths.items() for verb in verbs}
    writing = {route for route in found if not route.startswith(("GET ", "HEAD "))}
    assert writing == {route for route in WRITING if not route.startswith("GET ")}


def test_routes_that_add_are_refused_with_the_bytes_needed(answers):
    refused = _those_that(answers, ADDS)
    assert {route: answer.status_code for route, (answer, _) in refused.items()} == dict.fromkeys(refused, 507)
    for route, (answer, _) in refused.items():
        error = answer.json()["error"]
        assert error["type"] == "DiskFullError" and error["remedy"].startswith("Delete datasets, runs"), route
        assert re.fullmatch(TOLD, error["message"]), (route, error["message"])


def test_routes_that_add_leave_nothing(answers):
    assert {route: changed for route, (_, changed) in _those_that(answers, ADDS).items() if changed} == {}


def test_routes_that_steer_or_delete_still_work(answers, disk: SmallDisk):
    for route, (answer, _) in _those_that(answers, STEERS).items():
        assert answer.is_success, (route, answer.text)
    for route, (answer, _) in _those_that(answers, PASSES_ON).items():
        assert answer.status_code == 503, (route, answer.text)  # nothing is served here
    for route, (answer, _) in _those_that(answers, ELSEWHERE).items():
        assert answer.status_code == 404, (route, answer.text)
    assert not (disk.seen / "datasets/made_dataset").exists()


def test_everything_can_be_read_on_a_full_disk(studio: Studio, disk: SmallDisk, ids):
    disk.fill()
    paths = """/health /metrics /api/jobs /api/jobs/{job_id} /api/jobs/{job_id}/events /api/jobs/{job_id}/log
        /api/datasets /api/models /api/deployments /v1/models / /openapi.json"""
    with studio.client() as client:
        for path in paths.format(**ids).split():
            assert client.get(path).status_code == 200, path


HERE = """
import os, sys
os.environ["TUNEWRIGHT_HOME"] = sys.argv[1]
from app.plumbing.studio import store
"""
PAGES = """
from pathlib import Path
from streamlit.testing.v1 import AppTest

drawn = AppTest.from_file(str(Path("Home.py").absolute()), default_timeout=600).run()
for page in ("overview", "data", "train", "runs", "settings"):
    drawn.switch_page(f"pages/{page}.py").run()
    assert not drawn.exception, (page, drawn.exception)
"""


@pytest.mark.long
def test_a_studio_starts_draws_its_pages_and_deletes_on_a_full_disk(tmp_path):
    with closing(SmallDisk(tmp_path / "workspace", 40 * MEGABYTE)) as disk:
        with running_studio(disk.place, inside=disk.command) as studio, studio.client() as client:
            _make_dataset(client)
            _await_reserve(disk)
        disk.run(f"{HERE}store().version(); store().close()", str(disk.place))
        assert not (disk.seen / "studio.db-shm").exists()  # without it SQLite needs room even to read
        disk.fill()
        with running_studio(disk.place, inside=disk.command) as studio, studio.client() as client:
            assert [one["name"] for one in client.get("/api/datasets").json()] == ["made"]
            disk.run(f"{HERE}{PAGES}", str(disk.place))
            assert client.delete("/api/datasets/made").status_code == 204
            assert client.get("/api/datasets").json() == []
            disk.clear()
            assert client.post("/api/jobs/prepare", json=PREPARE).status_code == 201
            _await_reserve(disk)
            from storage.reserve import RESERVE_BYTES

            assert (disk.seen / "studio.db.reserve").stat().st_blocks * 512 >= RESERVE_BYTES
        end_processes_of(disk.place)
