"""The HTML report in a browser without a network: it asks for nothing, runs nothing, and reads well in both themes."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.evaluation.reports.findings import Settings
from core.evaluation.reports.html import as_html
from core.specs.results.benchmark import Speed
from core.specs.results.evaluate import Confusion
from tests.browser.accessible import faults
from tests.browser.screenshots import SHOTS
from tests.reported import an_evaluation, drawn, hostile_evaluation, of_scores

pytestmark = pytest.mark.browser
AT = datetime(2026, 11, 30, 9, 5, tzinfo=UTC)


@pytest.fixture
def report(tmp_path) -> Path:
    """Of five models on two splits, with labels, a GGUF and speeds."""
    shares = {
        "SmolLM2 base": 0.45,
        "Care, first try": 0.72,
        "Care, damaged": 0.2,
        "Care q4_0": 0.7,
        "Copy of base": 0.45,
    }
    scores = drawn(shares, 180)
    labels = ["refund", "delivery", "complaint", "other"]
    result, rows = an_evaluation(
        scores, "SmolLM2 base", {"Care q4_0": "gguf", "SmolLM2 base": "model"}, dataset="healthcare",
        other_splits={"validation": of_scores(drawn(shares, 60, seed=3), "SmolLM2 base")},
        confusions={
            "Care, first try": Confusion(
                labels=labels, counts=[[40, 3, 2, 0, 1], [1, 38, 4, 2, 0], [0, 6, 30, 5, 2], [2, 0, 1, 41, 2]]
            )
        },
        speed={
            "Care q4_0": Speed(kind="gguf", tokens_per_second=61.2, time_to_first_token_s=0.11, load_s=0.6,
                               peak_memory_bytes=210_000_000),
            "SmolLM2 base": Speed(error="It did not load in time."),
        },
        notes=["12 examples were cut to the context length of 2,048 tokens."],
    )  # fmt: skip
    spec = {"name": "Care assistant, autumn release", "models": ["given"], "max_new_tokens": 256, "temperature": 0.0}
    long = rows[5].model_copy(update={"predictions": dict.fromkeys(shares, "A long answer. " * 200)})
    path = tmp_path / "report.html"
    path.write_text(as_html(result, [*rows[:5], long, *rows[6:]], Settings(spec, AT)), encoding="utf-8")
    return path


def opened(chromium, path: Path, width: int, theme: str, scripts: bool = True):
    """The file on a page that no request leaves, and every request that it tried to make beside the file itself."""
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme=theme, java_script_enabled=scripts, offline=True
    )
    page, asked, said = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(path.as_uri())
    asked.remove(path.as_uri())
    return page, asked, said


def test_it_opens_without_a_network_reads_well_and_no_rule_of_axe_is_broken(chromium, report):
    for theme in ("light", "dark"):
        for width in (1280, 390):
            page, asked, said = opened(chromium, report, width, theme)
            for fold in page.locator("details").all():
                fold.evaluate("fold => { fold.open = true }")
            page.get_by_role("heading", name="Drawn at random").or_(
                page.get_by_text("Drawn at random")
            ).first.wait_for()
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
            assert (asked, said) == ([], [])
            if SHOTS:
                for fold in page.locator("details").all()[1:]:
                    fold.evaluate("fold => { fold.open = false }")
                Path(SHOTS).mkdir(parents=True, exist_ok=True)
                page.screenshot(path=Path(SHOTS, f"report-{theme}-{width}.png"), full_page=True)
            page.context.close()
    # axe is a script: the file's own policy, which forbids all, has to go for it.
    checked = report.with_name("checked.html")
    checked.write_text(report.read_text().replace("default-src 'none'; ", ""))
    for theme in ("light", "dark"):
        page, _, _ = opened(chromium, checked, 1280, theme)
        for fold in page.locator("details").all():
            fold.evaluate("fold => { fold.open = true }")
        assert faults(page) == []
        page.context.close()


def test_what_others_wrote_neither_runs_nor_asks(chromium, tmp_path):
    result, rows, spec = hostile_evaluation()
    path = tmp_path / "hostile.html"
    for with_policy in (True, False):  # escaping alone has to hold
        text = as_html(result, rows, Settings(spec, AT), judged=[spec["name"]])
        path.write_text(text if with_policy else text.replace("default-src 'none'; ", ""), encoding="utf-8")
        page, asked, said = opened(chromium, path, 1280, "light")
        assert page.title() != "owned" and page.locator("script, img, iframe, object, a").count() == 0
        assert page.get_by_text("<script>document.title='owned'").count() > 10
        assert (asked, said) == ([], [])
        page.context.close()


def test_it_prints_on_a4_with_folded_parts_open_and_in_light_colours(chromium, report):
    page, _, _ = opened(chromium, report, 1280, "dark", scripts=False)
    printed = page.pdf(format="A4", prefer_css_page_size=True, print_background=True)
    assert printed.startswith(b"%PDF") and 3 <= printed.count(b"/Type /Page\n") <= 40
    page.emulate_media(media="print", color_scheme="dark")
    if SHOTS:
        Path(SHOTS, "report.pdf").write_bytes(printed)
    page.context.close()
    page, _, _ = opened(chromium, report, 1280, "dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate(
        "[...document.querySelectorAll('details:not(.all)')]"
        ".every(one => [...one.children].slice(1).some(part => part.checkVisibility()))"
    )
    page.context.close()
