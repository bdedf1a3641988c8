"""What a person has chosen for all that comes, by name: the base model to begin with."""

from sqlalchemy import delete

from storage.database import Store
from storage.rows import OWNER, Preference

DEFAULT_MODEL = "default_model"


def preference(store: Store, name: str) -> str | None:
    """What was chosen; None where nothing was."""
    with store.read() as session:
        found = session.get(Preference, (OWNER, name))
    return found.value if found else None


def prefer(store: Store, name: str, value: str | None) -> None:
    """Choose from now on; None leaves it to the studio again. Raises DiskFullError."""
    with store.write() as session:
        if value is None:
            session.execute(delete(Preference).where(Preference.owner_id == OWNER, Preference.name == name))
        else:
            session.merge(Preference(owner_id=OWNER, name=name, value=value))
