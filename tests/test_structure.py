"""The shape of the repository: who imports whom where no import contract reaches, sizes, names, forbidden calls."""

import ast
import re
import subprocess
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = {"app", "core", "pages", "storage", "workers"}
NAMES_THAT_HIDE_WHAT_IS_INSIDE = {"util", "utils", "helper", "helpers", "common", "misc", "manager"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
MOST_LINES = {"Home.py": 60, "pages": 150}
MOST_LINES_ELSEWHERE = 300
DATA_TABLES = ROOT / "core/data/samples/domains"
MOST_MODULES_IN_A_FOLDER = 14
SHARED_LINES = 10
NOT_OUR_SPELLING = re.compile(
    r"\b\w*(?:capitali|categori|customi|generali|initiali|itemi|maximi|memori|minimi|normali|optimi|prioriti|quanti"
    r"|recogni|seriali|speciali|summari|synchroni|tokeni|visuali)s(?:e|ed|er|ers|es|ing|ation|ations)\b"
    r"|\b(?:behaviors?|canceled|judgments?|labeled|labeling|neighbors?)\b",
    re.IGNORECASE,
)
"""British spelling is Oxford's here: `recognized`, but `colour`, `labelled`, `behaviour`."""


@cache
def tracked() -> list[Path]:
    """The files of the repository, new ones too, without what git ignores."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return sorted(ROOT / name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file())


def python_files(*places: str) -> list[Path]:
    files = [path for path in tracked() if path.suffix == ".py"]
    return [path for path in files if not places or path.relative_to(ROOT).parts[0] in places]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def imports(path: Path) -> set[str]:
    """Every module that a file imports, wherever in the file."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return found


def told(paths) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def test_home_and_pages_import_only_app_of_ours():
    for path in python_files("Home.py", "pages"):
        ours = {name for name in imports(path) if name.split(".")[0] in OURS}
        assert {name for name in ours if name.split(".")[0] != "app"} == set(), path


def test_every_module_says_what_it_owns():
    assert told(path for path in python_files() if not ast.get_docstring(tree(path))) == []


def test_no_file_is_longer_than_its_place_allows():
    def limit(path):
        if path.parent == DATA_TABLES:
            return 400
        return MOST_LINES.get(path.relative_to(ROOT).parts[0], MOST_LINES_ELSEWHERE)

    assert told(path for path in python_files() if len(path.read_text().splitlines()) > limit(path)) == []


def test_no_folder_of_core_has_more_modules_than_one_takes_in_at_a_glance():
    modules = Counter(path.parent for path in python_files("core") if path.name != "__init__.py")
    assert told(folder for folder, count in modules.items() if count > MOST_MODULES_IN_A_FOLDER) == []


@pytest.mark.parametrize("document", ["architecture", "glossary"])
def test_every_file_that_a_document_names_is_there(document):
    text = (ROOT / "docs" / f"{document}.md").read_text()
    named = re.findall(r"`((?:app|core|pages|storage|workers)/[\w/.]+)`", text)
    assert len(named) > 30
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_file_in_the_picture_of_core_is_in_its_room():
    picture = re.findall(r"^ (core/[\w/]+) (.*)$", (ROOT / "docs" / "architecture.md").read_text(), re.M)
    named = [ROOT / room / name for room, rest in picture for name in re.findall(r"[\w./]+(?:\.py|/)(?= |\)|$)", rest)]
    assert len(named) > 25
    assert [path for path in named if not path.exists()] == []


def test_no_two_places_share_ten_lines():
    """Imports and lines without a word aside: what is written twice gets one owner."""
    first_at: dict[str, str] = {}
    for path in python_files():
        lines = [] if path.parent == DATA_TABLES else telling_lines(path)
        for start in range(len(lines) - SHARED_LINES + 1):
            window = "\n".join(text for _, text in lines[start : start + SHARED_LINES])
            here = f"{path.relative_to(ROOT)}:{lines[start][0]}"
            assert first_at.setdefault(window, here) == here, f"{here} repeats {first_at[window]}"


def telling_lines(path: Path) -> list[tuple[int, str]]:
    """The lines of a file with their numbers, without imports and brackets alone."""
    imported = {
        number
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for number in range(node.lineno, node.end_lineno + 1)
    }
    numbered = enumerate(path.read_text().splitlines(), 1)
    return [(number, text.strip()) for number, text in numbered if number not in imported and re.search(r"\w", text)]


def test_words_are_spelled_one_way():
    prose = [path for path in tracked() if path.suffix in (".md", ".ipynb")]
    ours = [path for path in python_files(*OURS) if "samples" not in path.parts]  # texts of examples
    found = {
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in (*prose, *ours)
        for match in NOT_OUR_SPELLING.finditer(path.read_text())
    }
    assert found == set()


def test_no_name_hides_what_is_inside():
    assert told(path for path in python_files() if path.stem in NAMES_THAT_HIDE_WHAT_IS_INSIDE) == []


def test_nothing_goes_through_a_shell():
    for path in python_files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.keyword) and node.arg == "shell":
                assert isinstance(node.value, ast.Constant) and node.value.value is False, f"{path}:{node.value.lineno}"


def test_no_untrusted_code_is_switched_on():
    """No remote code, no pickle through torch, no data as HTML."""
    forbidden = {"trust_remote_code": True, "weights_only": False, "unsafe_allow_html": True}
    for path in python_files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.keyword) and node.arg in forbidden and isinstance(node.value, ast.Constant):
                assert node.value.value is not forbidden[node.arg], f"{path}:{node.value.lineno}"


def test_no_file_names_a_place_on_somebodys_machine():
    here = [re.escape(f"{ROOT}/")] if len(ROOT.parts) > 2 else []  # a clone in /app would be found in every tests/app/
    places = re.compile("|".join([r"/(home|Users)/[\w.-]+/", "/root/", *here]).encode())
    assert told(path for path in tracked() if path != Path(__file__) and places.search(path.read_bytes())) == []


def test_every_promise_of_security_names_tests_that_exist():
    promises = re.findall(r"^- (.*?)(?=\n(?:- |\n|#)|\Z)", (ROOT / "docs" / "security.md").read_text(), re.M | re.S)
    assert promises
    for promise in promises:
        named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", promise)
        assert named, f"no test holds: {promise}"
        for path, name in named:
            functions = [node.name for node in tree(ROOT / path).body if isinstance(node, FUNCTIONS)]
            assert name in functions, f"{path} has no {name}"
