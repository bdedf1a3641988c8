"""Downloads a model from the hub into its cache: with progress, resumed after a kill, hashes checked.

Plain HTTP with ranges, because the hub's own library begins a file anew when its process was killed. Small files come
first: a model whose settings are refused costs no gigabytes.
"""

import fcntl
import hashlib
import json
import os
import time
import urllib.request
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import BinaryIO
from urllib.error import HTTPError

from core.errors import CorruptArtifactError, InputError, UnavailableError
from core.full_disk import means_full_disk, naming_full_disks, require_room
from core.models.folder_safety import check_settings, read_object
from core.models.hub.address import hub_request, hub_token
from core.models.hub.cache import cache_folder, cached
from core.models.hub.refusals import hub_refusals_in_words
from core.models.hub.repository import HubFile, HubModel, ask_hub
from core.reporting import DOWNLOADING, Reporter, Stopped

_CHUNK_BYTES = 1 << 18
_SILENT_SECONDS = 30
_SHA256_DIGITS = 64
_TRIES = 5
"""Connections in a row that bring nothing."""
_TOLD_EVERY_SECONDS, _SPEED_OVER_SECONDS = 0.5, 20


def download(hub_id: str, revision: str | None, reporter: Reporter) -> Path:
    """The folder of the model, from the cache if it is there whole; the newest commit if `revision` is None.

    Raises what `ask_hub` raises, InputError for a model that would run its own code or is not a causal language model,
    CorruptArtifactError, DiskFullError, UnavailableError if the connection breaks, and Stopped.
    """
    if revision and (found := cached(hub_id, revision)):
        return found
    token = hub_token()
    try:
        model = ask_hub(hub_id, revision, token)
    except UnavailableError:
        if found := cached(hub_id, revision):
            return found
        raise
    folder = cache_folder(hub_id)
    with naming_full_disks(folder):
        (folder / "blobs").mkdir(parents=True, exist_ok=True)
        with _alone(folder, reporter):
            return _filled(model, revision, folder, token, reporter)


def _filled(model: HubModel, revision: str | None, folder: Path, token: str | None, reporter: Reporter) -> Path:
    """The snapshot of `model` with all its wanted files."""
    blobs, snapshot = folder / "blobs", folder / "snapshots" / model.commit
    snapshot.mkdir(parents=True, exist_ok=True)
    pace = _Pace(model, folder, reporter)
    require_room(folder, pace.total - pace.done)
    judged = False
    for file in model.wanted:
        if file.name.endswith(".safetensors") and not judged:
            check_settings(snapshot, model.hub_id)
            if not revision:  # a pinned one is known to work
                _check_kind(snapshot, model.hub_id)
            judged = True
        if not (blobs / file.blob).is_file():
            _fetch(model, file, blobs, token, pace)
        link = snapshot / file.name
        if not link.is_file():
            link.unlink(missing_ok=True)
            link.symlink_to(f"../../blobs/{file.blob}")
    if not revision:
        (folder / "refs").mkdir(exist_ok=True)
        (folder / "refs" / "main").write_text(model.commit, encoding="ascii")
    return snapshot


def _check_kind(snapshot: Path, hub_id: str) -> None:
    """Raise InputError unless Transformers loads the model as a causal language model with code of its own."""
    from transformers import __version__
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    kind = read_object(snapshot / "config.json").get("model_type")
    if kind not in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
        known = kind in CONFIG_MAPPING_NAMES
        reason = "is not a causal language model" if known else f"Transformers {__version__} does not know"
        raise InputError(
            f"{hub_id} has the architecture {json.dumps(kind)}, which {reason}.",
            "Use a model that writes text, such as those listed by the command `models`.",
        )


def _fetch(model: HubModel, file: HubFile, blobs: Path, token: str | None, pace: "_Pace") -> None:
    """Download one file, continuing what an earlier attempt left of it."""
    part = _part(blobs, file)
    with part.open("a+b") as out:
        digest, fruitless = _digest_so_far(out, file), 0
        while (before := out.tell()) < file.size_bytes:
            broken = _receive(model, file, out, digest, token, pace)
            fruitless = 0 if out.tell() > before else fruitless + 1
            if fruitless == _TRIES:
                raise UnavailableError(
                    f"The download of {model.hub_id} broke off after {_gb(pace.done)} of {_gb(pace.total)} GB.",
                    "Check the network, then start it again: it continues where it stopped.",
                ) from broken
            time.sleep(fruitless)
        out.flush()
        os.fsync(out.fileno())
    if digest.hexdigest() != file.blob:
        part.unlink()
        raise CorruptArtifactError(f"{file.name} of {model.hub_id} arrived damaged.", "Start the download again.")
    part.replace(blobs / file.blob)


def _receive(
    model: HubModel, file: HubFile, out: BinaryIO, digest: "hashlib._Hash", token: str | None, pace: "_Pace"
) -> Exception | None:
    """Append what the hub sends from here on; returns what broke the connection, if anything did."""
    path = f"/{model.hub_id}/resolve/{model.commit}/{file.name}"
    request = hub_request(path, token, Range=f"bytes={out.tell()}-")
    try:
        with urllib.request.urlopen(request, timeout=_SILENT_SECONDS) as answer:
            if answer.status != HTTPStatus.PARTIAL_CONTENT:
                answer.read(out.tell())  # ranges are not supported: the whole file comes again
            while chunk := answer.read(_CHUNK_BYTES):
                out.write(chunk)
                digest.update(chunk)
                pace.add(len(chunk))
    except HTTPError as error:
        if error.code < HTTPStatus.INTERNAL_SERVER_ERROR and error.code != HTTPStatus.TOO_MANY_REQUESTS:
            with hub_refusals_in_words(model.hub_id, token):
                raise
        return error
    except (OSError, HTTPException) as error:
        if means_full_disk(error):
            raise
        return error
    return None


def _digest_so_far(out: BinaryIO, file: HubFile) -> "hashlib._Hash":
    """The running hash of what is in `out` already: SHA-256, or git's object id, a SHA-1 that begins with the size."""
    large = len(file.blob) == _SHA256_DIGITS
    digest = hashlib.sha256() if large else hashlib.sha1(b"blob %d\0" % file.size_bytes, usedforsecurity=False)
    out.seek(0)
    while chunk := out.read(_CHUNK_BYTES):
        digest.update(chunk)
    return digest


class _Pace:
    """Reports bytes and speed twice a second; raises Stopped when asked to stop."""

    def __init__(self, model: HubModel, folder: Path, reporter: Reporter):
        self._name, self._reporter = model.hub_id, reporter
        self.total = model.size_bytes
        self.done = sum(_bytes_here(folder / "blobs", file) for file in model.wanted)
        self._seen = deque([(time.monotonic(), self.done)])

    def add(self, received: int) -> None:
        """Count `received` more bytes."""
        self.done += received
        now = time.monotonic()
        if now - self._seen[-1][0] < _TOLD_EVERY_SECONDS and self.done < self.total:
            return
        self._seen.append((now, self.done))
        while now - self._seen[0][0] > _SPEED_OVER_SECONDS:
            self._seen.popleft()
        if request := self._reporter.stop_requested():
            raise Stopped(request)
        self._reporter.progress(self.done, self.total, f"{DOWNLOADING} {self._name}: {self._in_words(now)}")

    def _in_words(self, now: float) -> str:
        began_at, at_first = self._seen[0]
        speed = (self.done - at_first) / max(now - began_at, 1e-3)
        return f"{_gb(self.done)} of {_gb(self.total)} GB, {speed / 1e6:.1f} MB/s"


@contextmanager
def _alone(folder: Path, reporter: Reporter) -> Iterator[None]:
    """Wait while another process downloads the same model."""
    with (folder / ".downloading").open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                reporter.progress(0, 0, "Waiting for another download of the same model")
                if request := reporter.stop_requested():
                    raise Stopped(request) from None
                time.sleep(1)
        yield


def _bytes_here(blobs: Path, file: HubFile) -> int:
    whole, part = blobs / file.blob, _part(blobs, file)
    return file.size_bytes if whole.is_file() else part.stat().st_size if part.is_file() else 0


def _part(blobs: Path, file: HubFile) -> Path:
    return blobs / f"{file.blob}.part"


def _gb(size: int) -> str:
    return f"{size / 1e9:.2f}"
