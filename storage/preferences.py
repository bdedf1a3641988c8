"""What a user has chosen for good, by name: the default base model."""

from sqlalchemy import delete

from storage.actors import Actor
from storage.database import Store
from storage.rows import Preference

DEFAULT_MODEL = "default_model"


def preference(store: Store, actor: Actor, name: str) -> str | None:
    """The value chosen; None when there is none."""
    with store.read() as session:
        found = session.get(Preference, (actor.owner_id, name))
    return found.value if found else None


def prefer(store: Store, actor: Actor, name: str, value: str | None) -> None:
    """Set a preference; None removes it. Raises DiskFullError."""
    with store.write() as session:
        if value is None:
            mine = (Preference.owner_id == actor.owner_id, Preference.name == name)
            session.execute(delete(Preference).where(*mine))
        else:
            session.merge(Preference(owner_id=actor.owner_id, name=name, value=value))
