"""What can be said of a model being served, spelled once for database, pages, REST and command line."""

from enum import StrEnum

DEFAULT_CONTEXT_TOKENS = 4096
"""The context length of a loaded model if none is asked for, or less if the model has less. Bounded because the KV
cache grows with it."""


class DesiredState(StrEnum):
    RUNNING = "running"
    STOPPED = "stopped"


class DeploymentState(StrEnum):
    STOPPED = "stopped"
    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    """Its process was told to end and is still there; whether it is started again then is for the desired state."""
    FAILED = "failed"


class RestartPolicy(StrEnum):
    """Whether a model server that died is started again."""

    ALWAYS = "always"
    NEVER = "never"


class Purpose(StrEnum):
    """For whom a model server is: the studio's own chat (stopped when idle), or clients of the person's."""

    CHAT = "chat"
    SERVE = "serve"
