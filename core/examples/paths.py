"""Values inside values: a column name, or a path into it such as `meta.answers[0].text`."""

import ast
import json
import re
from collections.abc import Callable

_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_LINES_OF_OBJECTS = re.compile(r"\}\n\s*\{")
_PYTHON = re.compile(r"\s*\[?\s*\{\s*'")
_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")


def first_column(path: str) -> str:
    """The column that a path starts in."""
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def parts(path: str) -> list[str | int]:
    """The names and list indices of a path, in order."""
    return [name or int(index) for name, index in _STEP.findall(path)]


def reader(path: str) -> Callable[[dict], object]:
    """A function from a row's values to the value at `path`, or None.

    A column with exactly that name takes precedence. Cells that hold JSON text are parsed.
    """
    if not re.search(r"[.\[]", path):
        return lambda values: values.get(path)
    steps = parts(path)

    def read(values: dict) -> object:
        if path in values:
            return values[path]
        value: object = values
        for step in steps:
            value = _inside(value, step)
            if value is None:
                return None
        return value

    return read


def _inside(value: object, step: str | int) -> object:
    value = opened(value)
    if isinstance(step, int):
        return value[step] if isinstance(value, list) and step < len(value) else None
    return value.get(step) if isinstance(value, dict) else None


def opened(value: object) -> object:
    """A list or object from a cell with JSON text or a Python literal; anything else unchanged."""
    if not isinstance(value, str) or value[:1] not in "[{" and value.lstrip()[:1] not in ("[", "{"):
        return value
    try:
        return json.loads(_whole(value) if _HALF.search(value) else value)
    except (ValueError, RecursionError):
        return _opened_python(value) if _PYTHON.match(value) else value


def _opened_python(text: str) -> object:
    """Lists of objects as pandas writes them into a CSV file: `[{'role': 'user', 'content': "It's me"}]`.

    NumPy writes one object per line without commas, or wraps them in `array(…)`.
    """
    try:
        written = ast.parse(_LINES_OF_OBJECTS.sub("}, {", text.strip()), mode="eval")
        return ast.literal_eval(_WithoutArrays().visit(written))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text


class _WithoutArrays(ast.NodeTransformer):
    """Turns NumPy's arrays into plain lists, and its `nan` into None."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        is_array = isinstance(node.func, ast.Name) and node.func.id == "array" and node.args
        return self.visit(node.args[0]) if is_array else node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Constant(None) if node.id == "nan" else node


def _whole(text: str) -> str:
    """JSON text with unpaired surrogates replaced: no UTF-8 file could hold them."""
    read = json.dumps(json.loads(text), ensure_ascii=False)
    return read.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def well_formed(path: str) -> bool:
    """Whether `path` parses as a path."""
    return "".join(match.group(0) for match in _STEP.finditer(path)) == path
