"""The states and policies of a deployment, shared by database, pages, REST and command line."""

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
    """Its process was told to end and is still running; the desired state decides whether it starts again."""
    FAILED = "failed"


class RestartPolicy(StrEnum):
    """Whether a model server is restarted after it died."""

    ALWAYS = "always"
    NEVER = "never"


class Purpose(StrEnum):
    """Whom a model server serves: the studio's own chat (stopped when idle), or the user's clients."""

    CHAT = "chat"
    SERVE = "serve"
