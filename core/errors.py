"""Expected errors: each says what happened and what to do about it."""


class TunewrightError(Exception):
    """Base of all expected failures. `message` says what happened and why, `remedy` what to do next."""

    def __init__(self, message: str, remedy: str = ""):
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class InputError(TunewrightError):
    """Something the user supplied (a value, a file, a name) cannot be used."""


class NotFoundError(TunewrightError):
    """The named thing does not exist or belongs to another owner."""


class ConflictError(TunewrightError):
    """The thing exists already, or its state does not allow the request."""


class TransitionRefusedError(ConflictError):
    """The job is not in the state and attempt that the transition requires."""


class LeaseLostError(TunewrightError):
    """Another attempt has taken over the job: this process must stop writing and exit."""


class TooManyError(TunewrightError):
    """The limit in the settings is reached."""


class CorruptArtifactError(TunewrightError):
    """A file or folder does not match its manifest or header."""


class UnavailableError(TunewrightError):
    """Something needed is not available now: a network, a model server, a tool that set-up should have built."""


class BusyError(UnavailableError):
    """Too many requests at once; trying again in a moment may work."""


class ParityError(TunewrightError):
    """An exported or merged model does not behave like its source, so it is not published."""


class TrainingError(TunewrightError):
    """Training cannot continue: the loss is not finite, or memory ran out."""


class DiskFullError(TunewrightError):
    """A write needs more disk space: `needed_bytes` must be free in the folder `place`."""

    def __init__(self, message: str, remedy: str = "", needed_bytes: int = 0, place: str = ""):
        super().__init__(message, remedy)
        self.needed_bytes, self.place = needed_bytes, place
