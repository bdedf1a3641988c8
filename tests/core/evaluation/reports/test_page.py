"""The HTML report: what it tells, that it is small, that nothing in it can run, and that results of any age open."""

import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from core.evaluation.reports.figures import difference_text, number
from core.evaluation.reports.findings import Settings
from core.evaluation.reports.html import as_html
from core.evaluation.reports.text import as_text
from core.evaluation.statistics.verdicts import verdicts_in_words
from core.specs.results.evaluate import Difference, EvaluateResult, Prediction, Score
from tests.reported import HOSTILE, an_evaluation, drawn, hostile_evaluation, of_scores, rows_of

SPEC = {"name": "Care, autumn", "models": ["given"], "max_new_tokens": 200, "temperature": 0.0, "seed": 42}
AT = datetime(2026, 11, 30, 9, 5, tzinfo=UTC)
ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "main", "header", "h1", "h2", "h3", "p", "ul", "li", "dl", "dt",
    "dd", "div", "span", "strong", "table", "thead", "tbody", "tr", "th", "td", "svg", "line", "circle", "text",
    "details", "summary", "section", "footer",
}  # fmt: skip
BEFORE_VERSIONS = Path(__file__).parents[2] / "specs" / "results" / "before_versions"


class Reader(HTMLParser):
    """Every tag, attribute and text of a page, as a browser reads it."""

    def __init__(self, page: str):
        super().__init__()
        self.tags, self.attributes, self.texts = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def page_of(scores, reference="Base", rows=None, spec=SPEC, **more) -> Reader:
    result, made = an_evaluation(scores, reference, **more)
    return Reader(as_html(result, made if rows is None else rows, Settings(spec, AT)))


def test_the_verdict_stands_on_top_in_plain_words_with_its_figures():
    text = page_of(drawn({"Base": 0.3, "Mine": 0.7, "Copy": 0.3}, 200)).text
    head, rest = text.split("What was compared, on what")
    assert "Mine is better than Base." in head
    assert re.search(r"ROUGE-L: \d\d\.\d % against \d\d\.\d %\. Difference \+\d\d\.\d points, 95 % interval \+\d", head)
    assert "Copy cannot be told apart from Base: the difference may be chance." in head
    for fact in ("200 of the test split", "care References long answers", "30 November 2026, 09:05 UTC", "greedy",
                 "200 tokens", "Mine in float32", "smollm2"):  # fmt: skip
        assert fact in rest, fact
    assert "200 examples show a difference of" in rest.split("What this cannot tell")[1]


def test_a_worse_model_and_one_whose_loss_is_lower_are_named_rightly():
    scores = drawn({"Base": 0.7, "Damaged": 0.2}, 200)
    assert "Damaged is worse than Base." in page_of(scores).text
    only_loss = {name: {"loss": card["loss"]} for name, card in drawn({"Base": 0.2, "Mine": 0.8}, 200).items()}
    result, rows = an_evaluation(only_loss, "Base", telling=["loss"])
    above = an_evaluation(drawn({"Base": 0.2, "Mine": 0.8}, 200), "Base")[0].differences["Mine"]["Base"]["rougeL"]
    lower = above.model_copy(update={"value": -0.6, "low": -0.7, "high": -0.5})
    result = result.model_copy(update={"differences": {"Mine": {"Base": {"loss": lower}}}})
    text = Reader(as_html(result, rows, Settings(SPEC))).text
    assert "Mine is better than Base." in text and "lower is better. Difference −0.600" in text


def test_each_model_is_in_each_chart_with_value_and_interval():
    scores = drawn({"Base": 0.3, "Mine": 0.7, "q4_0": 0.6})
    page = as_html(*an_evaluation(scores, "Base", {"q4_0": "gguf"}), Settings(SPEC, AT))
    assert page.count("<circle") == 3 * 3 + 2 * 3  # scores of three models by three metrics, and two differences each
    dots = [float(x) for x in re.findall(r'class="dot main" cx="([\d.]+)"', page)]
    shown = an_evaluation(scores, "Base")[0].scorecards["Mine"]["rougeL"].value
    assert any(abs(10 + 300 * shown - x) < 0.06 for x in dots)
    text = Reader(page).text
    assert "What quantizing costs" in text and text.count("q4_0 less Base") == 3


def test_best_worst_and_random_examples_are_those_they_claim_to_be():
    scores = {
        "Base": {"rougeL": [0.5] * 40, "f1": [0.5] * 40},
        "Mine": {"rougeL": [0.5] * 18 + [0.9, 1.0] + [0.5] * 18 + [0.1, 0.0], "f1": [0.5] * 40},
    }
    text = page_of(scores).text
    gains, rest = text.split("Where it gains most (2)")[1].split("Where it loses most (2)")
    loses, drawn_ones = rest.split("Drawn at random (6)")
    assert gains.index("Question 19?") < gains.index("Question 18?")
    assert loses.index("Question 39?") < loses.index("Question 38?")
    assert len(set(re.findall(r"Question \d+\?", drawn_ones))) == 6


def test_what_people_and_models_wrote_is_text_and_nothing_else():
    result, rows, spec = hostile_evaluation()
    page = as_html(result, rows, Settings(spec, AT), judged=[HOSTILE])
    read = Reader(page)
    assert set(read.tags) <= ALLOWED
    assert not {name for name, _ in read.attributes} & {"src", "href", "onerror", "onload", "style", "srcset"}
    assert "<script>document.title='owned'</script>" in read.text  # as text, everywhere it was written
    assert read.text.count("<script>") > 20 and "{{7*7}}" in read.text and "default-src 'none'" in page
    assert len(page) < 500_000


@pytest.mark.parametrize("count", [1, 2, 10])
def test_few_examples_make_a_report_that_says_so(count):
    text = page_of(drawn({"Base": 0.5, "Mine": 0.5}, count)).text if count > 1 else None
    if count == 1:
        result, rows = an_evaluation({"Base": {"rougeL": [0.2], "accuracy": [0.0]}}, "Base")
        text = Reader(as_html(result, rows, Settings(SPEC))).text
        assert "1 example." in text and "was not compared with another model" in text
    assert "cannot tell two models apart" in text or "examples show a difference of" in text
    assert f"there were {count}." in text


def test_ten_thousand_long_chinese_examples_stay_below_two_megabytes():
    scores = drawn({f"Model {number}": 0.5 for number in range(8)}, 10_000)
    result, _ = an_evaluation(scores, "Model 0")
    rows = (row.model_copy(update={"reference": "好" * 5000}) for row in rows_of(scores, text="模型的回答" * 1000))
    page = as_html(result, rows, Settings(SPEC, AT))
    assert len(page.encode()) < 2_000_000
    assert "more characters are not in this report" in page


def test_no_answers_left_and_no_metrics_known_still_make_a_report():
    result, _ = an_evaluation(drawn({"Base": 0.4, "Mine": 0.6}), "Base")
    text = Reader(as_html(result, [], Settings({}))).text
    assert "Mine is better than Base." in text and "Drawn at random" not in text


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_a_loss_that_is_not_finite_is_said_and_not_drawn(value):
    result, rows = an_evaluation(drawn({"Base": 0.4, "Mine": 0.6}), "Base", telling=["loss"])
    above = result.differences["Mine"]["Base"]["rougeL"].model_copy(update={"value": -value, "low": -value})
    cards = result.scorecards | {"Base": {"loss": Score(value=value, low=1.0, high=value)}}
    unbounded = {"scorecards": cards, "differences": {"Mine": {"Base": {"loss": above}}}}
    result = result.model_copy(update=unbounded)
    page = as_html(result, rows, Settings(SPEC))
    assert page.count("<circle") == 1 and "whisker main" in page and "whisker plain" not in page
    for report in (Reader(page).text, as_text(result, rows, Settings(SPEC))):
        assert "not finite" in report and not re.search(r"\b(inf|nan)\b", report)


def test_what_rounds_to_nothing_has_no_sign():
    assert [number(-0.0001, "+"), number(0.0001, "+"), number(-0.0), number(-3.1, "+"), number(1234.5, "+")] == [
        "0.000", "0.000", "0.000", "−3.100", "+1,234",
    ]  # fmt: skip
    assert difference_text("rougeL", Difference(value=-0.0001)) == "0.0 points"


def test_metrics_of_another_version_that_say_most_are_shown_by_their_names():
    scores = drawn({"Base": 0.3, "Mine": 0.7}, 100)
    result, rows = an_evaluation(scores, "Base")
    values = json.dumps([result.stored(), [row.model_dump() for row in rows]]).replace("rougeL", "truth_2031")
    stored, rows = json.loads(values)
    result, rows = EvaluateResult.read(stored, "metrics.json"), [Prediction.model_validate(row) for row in rows]
    page = as_html(result, rows, Settings(SPEC, AT))
    assert "By truth_2031" in Reader(page).text and "Mine is different from Base." in Reader(page).text
    assert "truth_2031" in as_text(result, rows, Settings(SPEC, AT))
    assert "different on truth_2031" in next(verdicts_in_words({"Mine": result.differences["Mine"]}))


def test_a_result_from_before_versions_opens():
    values = json.loads((BEFORE_VERSIONS / "metrics.json").read_text())
    result = EvaluateResult.read(values, "metrics.json")
    rows = [Prediction.model_validate(row, extra="ignore") for row in _old_rows(values)]
    for report in (Reader(as_html(result, rows, Settings(values.get("spec", {})))).text,
                   as_text(result, rows, Settings(values.get("spec", {})))):  # fmt: skip
        flat = " ".join(report.split())
        assert "Tuned model was not compared example by example with another model: there are too few" in flat
        assert "Right: 0.0 %" in flat and "1.3 %" in flat.replace("0.013", "1.3 %") and "older version" in flat


def _old_rows(values: dict) -> list[dict]:
    names = list(values["scorecards"])
    return [
        {"instruction": "Who?", "reference": "I.", "predictions": dict.fromkeys(names, "You."),
         "scores": {name: {"rougeL": 0.5, "f1": 0.5} for name in names}}
    ]  # fmt: skip


def test_the_text_report_tells_what_the_page_tells():
    scores = drawn({f"Model {number}": 0.3 + number / 10 for number in range(6)}, 200)
    result, rows = an_evaluation(scores, "Model 0", other_splits={"validation": of_scores(scores, "Model 0")})
    text = as_text(result, rows, Settings(SPEC, AT))
    flat = " ".join(text.split())
    assert text.index("Model 5 is better than Model 0.") < text.index("200 examples of the test split of care")
    for told in ("Evaluated: 30 November 2026, 09:05 UTC", "Decoding: greedy", "Model 3: Model 3 in float32",
                 "200 examples of the validation split", "macro_f1 The answers are not labels.",
                 "Model 5 less Model 0", "told apart", "What this cannot tell:", "best by rougeL", "worst by rougeL",
                 "McNemar's test", "say most about them"):  # fmt: skip
        assert told in flat, told
    assert max(map(len, text.splitlines())) < 200
