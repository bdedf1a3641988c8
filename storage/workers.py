"""Which process supervises this workspace: one row, held under a lease, taken over once its holder is gone."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.errors import LeaseLostError
from storage.database import Store
from storage.processes import Fate, ProcessIdentity, fate_of
from storage.rows import Worker, from_now

_ROLE = "supervisor"


def supervisor(store: Store) -> Worker | None:
    """The living supervisor of this workspace; None when there is none, it died, or its lease has expired."""
    with store.read() as session:
        return _living(session)


def last_supervisor(store: Store) -> Worker | None:
    """The last supervisor, living or dead; None when it left properly."""
    with store.read() as session:
        return session.get(Worker, _ROLE)


def supervisor_alive(store: Store) -> bool:
    """Whether a supervisor is looking after the queue."""
    return supervisor(store) is not None


def _living(session: Session) -> Worker | None:
    holder = session.scalar(select(Worker).where(Worker.role == _ROLE, Worker.lease_expires_at > from_now()))
    if holder is None or fate_of(holder) in (Fate.GONE, Fate.MACHINE_RESTARTED):
        return None
    return holder


def become_supervisor(store: Store, worker_id: str, process: ProcessIdentity, facts: dict) -> bool:
    """Become the supervisor unless there is a living one; then False. `facts`: what it offers (slots, GPUs)."""
    with store.write() as session:
        if _living(session):
            return False
        session.merge(
            Worker(
                role=_ROLE,
                worker_id=worker_id,
                process_id=process.process_id,
                process_started=process.process_started,
                boot_id=process.boot_id,
                lease_expires_at=from_now(store.settings.supervisor_lease_seconds),
                started_at=from_now(),
                facts=facts,
            )
        )
    return True


def renew_supervision(store: Store, worker_id: str) -> None:
    """Renew the supervisor's lease. Raises LeaseLostError when another has taken over."""
    with store.write() as session:
        holder = session.scalar(select(Worker).where(Worker.role == _ROLE, Worker.worker_id == worker_id))
        if holder is None:
            raise LeaseLostError(f"another supervisor has taken the place of {worker_id}")
        holder.lease_expires_at = from_now(store.settings.supervisor_lease_seconds)


def leave_supervision(store: Store, worker_id: str) -> None:
    """Give up the role, so that the next supervisor can start at once."""
    with store.write() as session:
        session.execute(delete(Worker).where(Worker.role == _ROLE, Worker.worker_id == worker_id))
