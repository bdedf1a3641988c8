"""The process that starts a child for every job, watches it, and names its cause of death. It runs no job itself.

Children do not depend on it: when it ends or is killed they carry on, and the next supervisor adopts them.
"""

import errno
import logging
import math
import os
import platform
import secrets
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from core.errors import LeaseLostError, TransitionRefusedError
from core.full_disk import disk_full, means_full_disk
from core.specs import DeathCause, JobKind, JobState
from storage import claims, endings, leases, workers
from storage.database import NOT_NOW, Store, open_store
from storage.discarding import remove_unwanted
from storage.disk_holds import hold_for_disk
from storage.processes import Fate, fate_of, this_process
from storage.rows import Job
from storage.serving import unsettled_deployments
from storage.settings import settings
from workers.children import (
    Child,
    Death,
    clear_away,
    kill_process_of,
    name_disappearance,
    signal_group,
    signal_process_of,
)
from workers.disk_watch import DiskWatch
from workers.machine import cores, gpus, out_of_memory_kills
from workers.patience import Patience
from workers.serving import Serving

WITH_A_SLOT = (JobKind.PREPARE, JobKind.SYNTHESIZE, JobKind.JUDGE)
"""Each of these kinds has its own slot: preparing data, writing it and asking a judge never wait for a training."""
ON_GPU = (JobKind.TRAIN, JobKind.EVALUATE, JobKind.BENCHMARK)
ON_CPU = (JobKind.EXPORT,)
_TICK_SECONDS = 0.3
_IDLE_SECONDS = 2
"""How often an unchanged database is read: leases and backoffs expire with time alone."""
_KILL_AFTER_SECONDS = 3
_LINGER_SECONDS = 3
_BUSY_SECONDS = 5
"""Shorter than a child's wait for the write lock: only the supervisor can end a child that never releases it."""
_STARTING_SECONDS = 60
log = logging.getLogger(__name__)


def supervise(slots: int | None, chosen_gpus: str, until_idle: bool) -> int:
    """Supervise the workspace until SIGTERM or SIGINT, or with `until_idle` until nothing is left to do.

    `slots` jobs run at once (half the cores when None), plus one preparation, one synthesis and one judging. Returns
    the exit status, which is 0 also when another supervisor is already there.
    """
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s supervisor %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    store = open_store(settings(), busy_seconds=_BUSY_SECONDS)
    supervisor = Supervisor(store, slots or max(1, cores() // 2), gpus(chosen_gpus))
    if not supervisor.take_place():
        log.info("another supervisor already runs %s", store.settings.home)
        return 0
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: supervisor.leave.set())
    supervisor.run(until_idle)
    return 0


class Supervisor:
    """Claims, starts, watches and ends the children of one workspace's jobs."""

    def __init__(self, store: Store, slots: int, gpu_names: list[str]):
        self.worker_id = f"{platform.node()}-{os.getpid()}-{secrets.token_hex(3)}"
        self.leave = threading.Event()
        self._store = store
        self._slots = slots
        self._gpus = gpu_names
        self._threads = max(1, cores() // slots)
        self._children: dict[tuple[str, int], Child] = {}
        self._kills_before = out_of_memory_kills()
        self._serving = Serving(store, self._threads)
        self._disk = DiskWatch(store)
        self._renewed_at = self._busy_at = time.monotonic()
        self._patience = Patience(store)
        self._version: int | None = None
        self._looked_at = 0.0
        self._watches = True

    def take_place(self) -> bool:
        """Become the workspace's supervisor; False when there is one. Notes in running jobs that they were adopted."""
        before = workers.last_supervisor(self._store)
        facts = {"slots": self._slots, "gpus": self._gpus}
        if not workers.become_supervisor(self._store, self.worker_id, this_process(), facts):
            return False
        log.info("%s supervises %s: %d slots, %d GPUs", self.worker_id, self._store.settings.home, self._slots,
                  len(self._gpus))  # fmt: skip
        for job in claims.running_jobs(self._store):
            if fate_of(job) == Fate.ALIVE:
                lost = f"; the one before is lost ({fate_of(before)})" if before else ""
                claims.note(self._store, job.id, f"adopted by a new supervisor{lost}", supervisor=self.worker_id)
        return True

    def run(self, until_idle: bool) -> None:
        """Look after everything, several times a second, until told to leave. Children carry on without us."""
        try:
            while not self.leave.is_set():
                try:
                    if self._has_something_to_do():
                        self.tick()
                        self._patience.note_locked(False)
                    if until_idle and self._is_idle():
                        break
                except NOT_NOW as error:
                    log.warning("the database is unavailable: %s", error.args[0])
                    self._patience.note_locked(True)
                self.leave.wait(_TICK_SECONDS)
            workers.leave_supervision(self._store, self.worker_id)
            log.info("exited; %d children keep running", sum(not child.ended() for child in self._children.values()))
        except LeaseLostError as error:
            log.info("%s; leaving", error.message)

    def _has_something_to_do(self) -> bool:
        """Whether there are children to watch, another process has changed the database, or it is time anyway."""
        version, before = self._store.version(), self._version
        self._version = version
        return self._watches or version != before or time.monotonic() - self._looked_at > _IDLE_SECONDS

    def tick(self) -> None:
        """Look at everything once. Raises LeaseLostError when another supervisor has taken over."""
        self._looked_at = time.monotonic()
        if jump := self._patience.look():
            self._renewed_at = -math.inf  # our own lease may have expired, and another supervisor have taken over
        running = claims.running_jobs(self._store)
        if running:
            self._end_stuck()  # before we write anything: a stopped child may hold the write lock
        self._keep_place()
        if jump:
            self._tell_of_clock(running, jump)
        for job in running:
            self._watch(job)
        if any(job.stop_requested for job in running):
            self._enforce_stops()
        self._forget_children(running)
        self._disk.look()
        self._start_jobs(running)
        self._watches = self._serving.tick() or bool(running or self._children)

    def _tell_of_clock(self, running: list[Job], jump: float) -> None:
        """The clock was set, by `jump` seconds: count leases from now, and say so on each running job's page."""
        leases.begin_anew(self._store)
        message = f"the clock of this machine jumped {'ahead' if jump > 0 else 'back'} by {abs(jump):,.0f} s"
        log.info("%s", message)
        for job in running:
            claims.note(
                self._store, job.id, message,
                remedy="Nothing to do: it was set, or the machine slept, and the job goes on. Only the times on this "
                "page do not fit together.",
            )  # fmt: skip

    def _keep_place(self) -> None:
        """Renew our lease when due. Raises LeaseLostError when another supervisor has taken over."""
        now = time.monotonic()
        if now - self._renewed_at > self._store.settings.supervisor_lease_seconds / 3:
            workers.renew_supervision(self._store, self.worker_id)
            self._renewed_at = now

    def _watch(self, job: Job) -> None:
        """If the child is gone, name its cause of death and hand its job on."""
        child = self._children.get((job.id, job.attempt))
        if child:
            if child.ended():
                self._take_note_of_end(job, child)
            return
        fate = fate_of(job)
        if fate == Fate.MACHINE_RESTARTED:
            self._bury(job, Death(DeathCause.MACHINE_RESTARTED, "the machine was restarted", "Nothing to do."))
        elif fate == Fate.GONE:
            clear_away(job)
            ran_out = out_of_memory_kills() > self._kills_before
            self._bury(job, name_disappearance(Path(job.log_path), job.attempt, ran_out))

    def _take_note_of_end(self, job: Job, child: Child) -> None:
        if child.process.returncode == errno.ENOSPC and not (job.stop_requested and job.stop_requested.gives_up):
            self._hold_for_disk(job)
        else:
            self._bury(job, child.death())

    def _hold_for_disk(self, job: Job) -> None:
        """The job's child found the disk full before it could report, or while it wrote its log."""
        with suppress(TransitionRefusedError):  # another supervisor has handled it
            hold_for_disk(
                self._store, job.id, job.attempt, disk_full(self._store.settings.home, then="it resumes by itself")
            )

    def _bury(self, job: Job, death: Death, only_if_expired: bool = False) -> None:
        try:
            after = endings.interrupt(
                self._store, job.id, job.attempt, death.cause, death.message, death.remedy, only_if_expired
            )
        except TransitionRefusedError:
            return  # the job had ended properly before its process did
        if after.state == JobState.CANCELLED:
            remove_unwanted(self._store, job)
        log.info("%s attempt %d: %s (%s); now %s", job.id, job.attempt, death.message, death.cause, after.state)

    def _end_stuck(self) -> None:
        """End children whose lease has expired, if they are here, and hand their jobs on."""
        for job in self._patience.spent():
            child = self._children.get((job.id, job.attempt))
            if (child and child.ended()) or fate_of(job) in (Fate.GONE, Fate.MACHINE_RESTARTED):
                continue  # its cause of death is better known elsewhere
            if child and job.process_id is None:
                if child.age_seconds() < _STARTING_SECONDS:
                    continue  # a busy machine: it has not reported for the first time yet
                signal_group(child.process.pid, signal.SIGKILL)
            kill_process_of(job)
            seconds = self._store.settings.lease_seconds
            death = Death(
                DeathCause.LEASE_EXPIRED,
                f"its process has not responded for {seconds:g} s",
                "See in the log where it stopped, and whether this machine swaps or its disk hangs.",
            )
            self._bury(job, death, only_if_expired=True)

    def _enforce_stops(self) -> None:
        grace = self._store.settings.stop_grace_seconds
        for job in leases.overdue(self._store, grace):
            signal_process_of(job, signal.SIGTERM)
        for job in leases.overdue(self._store, grace + _KILL_AFTER_SECONDS):
            signal_process_of(job, signal.SIGKILL)

    def _start_jobs(self, running: list[Job]) -> None:
        """Fill the free slots. Jobs that ended since `running` was read free theirs at the next look."""
        kinds = [job.kind for job in running]
        for kind in WITH_A_SLOT:
            if kind not in kinds:
                self._start((kind,))
        taken = {device for job in running if job.device for device in job.device.split(",")}
        free_gpus = [gpu for gpu in self._gpus if gpu not in taken]
        for _ in range(self._slots - sum(kind not in WITH_A_SLOT for kind in kinds)):
            wanted = min(claims.devices_wanted(self._store, ON_GPU), len(self._gpus))
            if not self._gpus:
                started = self._start(ON_GPU + ON_CPU)
            elif started := len(free_gpus) >= wanted and self._start(ON_GPU, ",".join(free_gpus[:wanted])):
                del free_gpus[:wanted]
            else:
                started = self._start(ON_CPU)  # jobs that can use GPUs wait for free ones
            if not started:
                break

    def _start(self, kinds: tuple[JobKind, ...], device: str | None = None) -> bool:
        """Claim the next job of `kinds` and start its child. False when none waits or another process was faster."""
        if self.leave.is_set() or not claims.is_waiting(self._store, kinds):
            return False
        self._keep_place()  # we may have been suspended since this look began
        try:
            job = claims.claim(self._store, self.worker_id, kinds, device=device)
        except TransitionRefusedError as error:
            log.info("%s", error.message)
            return False
        if job is None:
            return False
        arguments = ["job", "--job", job.id, "--attempt", str(job.attempt), "--worker", self.worker_id]
        try:
            child = Child(arguments, Path(job.log_path), self._store.settings, self._threads, device)
        except OSError as error:
            self._give_back(job, error)
            return False
        self._children[job.id, job.attempt] = child
        log.info("%s attempt %d: process %d", job.id, job.attempt, child.process.pid)
        return True

    def _give_back(self, job: Job, error: OSError) -> None:
        if means_full_disk(error):
            self._hold_for_disk(job)
        else:
            self._bury(job, Death(DeathCause.ERROR, f"its process could not be started: {error}"))

    def _forget_children(self, running: list[Job]) -> None:
        """Drop children that ended and whose jobs were no longer running."""
        known = {(job.id, job.attempt) for job in running}
        for key, child in list(self._children.items()):
            if key not in known and child.ended():
                del self._children[key]

    def _is_idle(self) -> bool:
        """Whether nothing has run, waited or been served for a few seconds."""
        waiting = claims.is_waiting(self._store, tuple(JobKind))
        if waiting or claims.running_jobs(self._store) or unsettled_deployments(self._store):
            self._busy_at = time.monotonic()
        return time.monotonic() - self._busy_at > _LINGER_SECONDS
