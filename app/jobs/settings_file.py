"""Settings as YAML or JSON: reading them with every key checked, and writing them."""

import json
from collections.abc import Mapping
from difflib import get_close_matches

import yaml

from core.errors import InputError


def read_settings(text: str, source: str, fields: Mapping[str, str], as_json: bool = False) -> dict:
    """The values in `text` by spec field; `fields` maps every key that may stand there to its field.

    Dashes and underscores in keys are the same. Raises InputError that names `source`, the key and the nearest known.
    """
    try:
        settings = json.loads(text) if as_json else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{source} cannot be read: {reason}", "Give YAML or JSON.") from error
    if not isinstance(settings, dict):
        raise InputError(f"{source} has no settings.", "Write one `setting: value` per line.")
    known = {_plain(key): field for key, field in fields.items()}
    unknown = [str(key) for key in settings if _plain(key) not in known]
    if unknown:
        raise InputError(_refused(source, unknown, known), f"It can have: {', '.join(sorted(set(fields.values())))}.")
    return {known[_plain(key)]: value for key, value in settings.items()}


def as_yaml(values: dict) -> str:
    """Settings as YAML that `read_settings` reads back; in their order, tuples as lists."""
    plain = json.loads(json.dumps(values))
    return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, default_flow_style=False, width=1000)


def _refused(source: str, unknown: list[str], known: Mapping[str, str]) -> str:
    words = []
    for key in unknown:
        near = get_close_matches(_plain(key), known, n=1)
        words.append(f"{key!r}" + (f" (did you mean {near[0]!r}?)" if near else ""))
    return f"{source} has {', '.join(words)}, which cannot be set there."


def _plain(key: object) -> str:
    return str(key).replace("-", "_")
