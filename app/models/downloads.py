"""Downloads of base models under way: each a child process that pages and commands can watch and stop.

What a stopped or killed download has fetched stays in the cache, and the next one continues there.
"""

import json
import time
from collections.abc import Callable
from threading import Lock, Thread

from app.plumbing.errands import raise_failure, start_errand
from app.plumbing.hub import model_on_hub
from core.errors import TunewrightError
from core.models.catalogue import find_in_catalogue
from core.models.hub.cache import cached
from core.models.references import locate, no_model

_POLL_SECONDS = 0.2
_under_way: dict[str, "Download"] = {}
_starting = Lock()


class Download:
    """A download: `done` of `total` bytes, what it does now (`stage`), and once it has `ended`, its `error` if any."""

    def __init__(self, reference: str):
        self.done = self.total = 0
        self.stage = "Asking the Hugging Face hub"
        self.ended = False
        self.error: TunewrightError | None = None
        self._first: tuple[float, int] | None = None
        self._child = start_errand("core.models.fetching", reference)
        Thread(target=self._listen, daemon=True).start()

    @property
    def seconds_left(self) -> float | None:
        """At the pace so far; None until there is one."""
        if not self._first:
            return None
        began_at, at_first = self._first
        moved = self.done - at_first
        return (time.monotonic() - began_at) / moved * (self.total - self.done) if moved > 0 else None

    def stop(self) -> None:
        """End it; what it has fetched stays."""
        self._child.terminate()

    def _listen(self) -> None:
        last = "null"
        for line in self._child.stdout:
            last = line
            told = json.loads(line)
            if "stage" in told:
                self.done, self.total, self.stage = told["done"], told["total"], told["stage"]
                self._first = self._first or (time.monotonic(), self.done)
        try:
            raise_failure(self._child.wait(), last)
        except TunewrightError as error:
            self.error = error
        self.ended = True


def bytes_to_download(reference: str) -> int | None:
    """What a model of the hub takes to download; 0 if it is here, None if the hub does not say."""
    location = locate(reference)
    if location.kind != "hub" or cached(location.path, location.revision):
        return 0
    try:
        return model_on_hub(location.path, location.revision).size_bytes
    except TunewrightError:  # the form has said why, or the download will
        return None


def start_download(reference: str) -> Download:
    """Download a model of the catalogue or of the hub, or join the download of it that is under way.

    Raises NotFoundError for anything else.
    """
    if not find_in_catalogue(reference) and locate(reference).kind != "hub":
        raise no_model(reference)
    with _starting:
        found = _under_way.get(reference)
        if found is None or found.ended:
            found = _under_way[reference] = Download(reference)
        return found


def download_of(reference: str) -> Download | None:
    """The newest download of this model since the studio started, also one that has ended."""
    return _under_way.get(reference)


def stop_download(reference: str) -> None:
    """End the download of this model, if there is one, and forget it."""
    if found := _under_way.pop(reference, None):
        found.stop()


def fetch_model(reference: str, watch: Callable[[Download], None] = lambda download: None) -> None:
    """Download a model and return once it is here; `watch` is called a few times a second.

    Raises what `start_download` raises, and the errors of the download.
    """
    known = find_in_catalogue(reference)
    if known and known.is_here:
        return
    download = start_download(reference)
    try:
        while not download.ended:
            watch(download)
            time.sleep(_POLL_SECONDS)
    except KeyboardInterrupt:
        stop_download(reference)
        raise
    if download.error:
        raise download.error
