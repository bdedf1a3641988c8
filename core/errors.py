"""The errors of Tunewright: each says what happened to the person, and what to do about it."""


class TunewrightError(Exception):
    """Base of every expected failure. `message` says what happened and why, `remedy` what to do next."""

    def __init__(self, message: str, remedy: str = ""):
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class InputError(TunewrightError):
    """What the person gave (a value, a file, a name) cannot be used."""


class NotFoundError(TunewrightError):
    """The thing named does not exist, or is not this owner's."""


class ConflictError(TunewrightError):
    """The thing exists already, or its state does not allow what was asked."""


class TransitionRefusedError(ConflictError):
    """A job is not in the state and attempt that a transition starts from."""


class LeaseLostError(TunewrightError):
    """The writer's attempt is no longer the job's: it must stop writing and exit."""


class TooManyError(TunewrightError):
    """As many as the settings allow are there already; one more would have to wait."""


class CorruptArtifactError(TunewrightError):
    """A file or folder is not what its manifest or its header says."""


class UnavailableError(TunewrightError):
    """Something needed is not reachable now: a network, a model server, a tool that set-up should have built."""


class BusyError(UnavailableError):
    """Too many ask at once; it is worth asking again in a moment."""


class ParityError(TunewrightError):
    """An exported model does not behave like its source; it is not shipped."""


class TrainingError(TunewrightError):
    """Training cannot go on: nothing to learn from, or a loss that is not a number."""


class DiskFullError(TunewrightError):
    """A write needs more bytes than are free: `needed_bytes` must be, in the folder `place`."""

    def __init__(self, message: str, remedy: str = "", needed_bytes: int = 0, place: str = ""):
        super().__init__(message, remedy)
        self.needed_bytes, self.place = needed_bytes, place
