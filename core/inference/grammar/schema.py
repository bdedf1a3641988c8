"""A whole JSON schema: its parts, the references between them, and the choices it offers."""

import json
from urllib.parse import unquote

from core.inference.grammar.keywords import alone, kinds_of_list, without_descriptions
from core.inference.grammar.limits import check_size, refused


class Schema:
    """A schema with its references resolved against its own root. Raises InputError for one that is too large."""

    def __init__(self, root: dict):
        check_size(root)
        self.root = {name: value for name, value in root.items() if name not in ("$id", "id")}

    def part(self, schema: object) -> dict:
        """A subschema as an object: `true`, which allows everything, becomes `{}`."""
        if schema is True:
            return {}
        if not isinstance(schema, dict):
            raise refused(f"{json.dumps(schema)[:60]} is not a schema that any value could match")
        return schema

    def target(self, reference: object) -> object:
        """The subschema that a reference such as `#/$defs/node` names."""
        found: object = self.root
        if not isinstance(reference, str) or reference[:1] != "#" or reference[1:2] not in ("", "/"):
            raise refused(f"the reference {str(reference)[:60]!r} does not start with '#/'")
        for step in reference.split("/")[1:]:
            step = unquote(step).replace("~1", "/").replace("~0", "~")
            if isinstance(found, list) and step.isdecimal() and int(step) < len(found):
                found = found[int(step)]
            elif isinstance(found, dict) and step in found:
                found = found[step]
            else:
                raise refused(f"the reference {reference[:60]!r} points to nothing")
        return found

    def choices(self, schema: dict) -> list | None:
        """The alternatives of `anyOf`, `oneOf` or a list of types; None if there are none.

        Raises InputError for other constraints beside `anyOf` or `oneOf`.
        """
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                choices = alone(schema, keyword)
                if not isinstance(choices, list) or not choices:
                    raise refused(f"{keyword!r} must be a list of schemas")
                return _simplified(choices) if keyword == "anyOf" else choices
        return kinds_of_list(schema)


def _simplified(choices: list) -> list:
    """Choices without the ones that another includes."""
    plain = [without_descriptions(choice) for choice in choices]
    if any(one in ({}, True) for one in plain):
        return [{}]
    if {"type": "number"} in plain:
        return [choice for choice, one in zip(choices, plain, strict=True) if one != {"type": "integer"}]
    return choices
