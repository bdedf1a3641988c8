"""The settings of a studio, read once from the environment (`TUNEWRIGHT_HOME` and so on)."""

import re
from functools import cache
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import InputError


class Settings(BaseSettings):
    """Where things are kept, and how patient workers are. Frozen; every path is absolute."""

    model_config = SettingsConfigDict(env_prefix="TUNEWRIGHT_", frozen=True)

    home: Path = Field(default=Path("workspace"), validate_default=True)
    """The workspace: database, datasets, models, runs, exports, uploads and logs."""
    database_url: str | None = None
    """SQLAlchemy address of the database; `studio.db` in the workspace when None."""
    lease_seconds: float = Field(default=20, gt=0)
    """How long a child may be silent before its job is handed to another."""
    supervisor_lease_seconds: float = Field(default=6, gt=0)
    """How long a supervisor may be silent before another takes over."""
    stop_grace_seconds: float = Field(default=30, ge=0)
    """How long a child may take to stop once asked."""
    api_key: SecretStr | None = None
    """Required from every client once set; without it the studio stays on loopback."""
    allowed_hosts: str = ""
    """Comma-separated host names under which the studio may be reached, besides loopback's."""
    synthesis_endpoints: str = ""
    """Comma-separated addresses of servers that may write examples and are sent the key.

    Other servers on this machine may be used too, without the key."""
    harness_tasks: Path | None = None
    """A folder with tasks of one's own for lm-evaluation-harness, as YAML files; these may run code."""
    upload_limit_bytes: int = Field(default=4 << 30, ge=1)
    """The largest upload."""
    queued_jobs_limit: int = Field(default=100, ge=1)
    """How many jobs may wait at once, including paused ones."""
    deployments_limit: int = Field(default=8, ge=1)
    """How many models may be served at once."""
    default_model: str | None = None
    """The base model when none is named; the catalogue's default when None."""
    max_attempts: int = Field(default=5, ge=1)
    """How many attempts a job has, if its child dies; a pause does not count."""

    @field_validator("home", "harness_tasks")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return path and path.expanduser().resolve()

    @field_validator("allowed_hosts")
    @classmethod
    def _plain_names(cls, allowed_hosts: str) -> str:
        for name in allowed_hosts.split(","):
            if not re.fullmatch(r"[\w.:-]*", name.strip()):
                raise ValueError(f"{name.strip()[:80]!r} is not a host name; leave out user, port and path")
        return allowed_hosts

    @property
    def host_names(self) -> frozenset[str]:
        """The names in `allowed_hosts`."""
        return frozenset(name.strip() for name in self.allowed_hosts.split(",") if name.strip())

    @property
    def logs(self) -> Path:
        """The folder with a log file for each job, deployment and supervisor."""
        return self.home / "logs"


@cache
def settings() -> Settings:
    """The settings of this process. `settings.cache_clear()` makes the next call read the environment again.

    Raises InputError that names the variables with values that cannot be used.
    """
    try:
        return Settings()
    except ValidationError as error:
        names = "; ".join(f"TUNEWRIGHT_{str(item['loc'][0]).upper()}: {item['msg']}" for item in error.errors())
    raise InputError(f"The environment's settings cannot be used: {names}.", "Change or unset the named variables.")
