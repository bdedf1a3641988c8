"""How the choices of a JSON schema begin, and whether one begins as another: then nobody could tell them apart."""

Sign = tuple[str, ...]
"""How values that fit begin: `(type,)`, `(type, "", value)`, or `("object", first name, its value)`."""


class SeenSigns:
    """The signs of choices so far."""

    def __init__(self):
        self._values: dict[str, dict[str, set[str]]] = {}
        self._plain: set[str] = set()

    def add(self, sign: Sign) -> None:
        values = self._values.setdefault(sign[0], {})
        if len(sign) == 1:
            self._plain.add(sign[0])
        else:
            values.setdefault(sign[1], set()).add(sign[2])

    def may_be(self, sign: Sign) -> bool:
        """Whether something that begins as `sign` says may be one of the choices so far."""
        kind, *said = sign
        if kind in self._plain or (not said and kind in self._values):
            return True
        others = self._values.get(kind, {})
        return bool(said) and (bool(others.keys() - {said[0]}) or said[1] in others.get(said[0], ()))
