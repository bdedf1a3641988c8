"""Documents of questions and answers: headings, markers, tables, web pages."""

import re

import pytest

from tests.core.data.reading.exports.export_files import noted, seen


def test_questions_as_headings(tmp_path):
    text = "# Help\n\nWelcome.\n\n" + "".join(
        f"## {n}. May I bring {n} dogs?\n\nYes, {n}.\n\n### Note\n\nOn a lead.\n\n" for n in range(1, 5)
    )
    found = seen(tmp_path, "faq.md", text + "## Contact\n\nRing us.\n")
    assert found["head"][0] == {"question": "May I bring 1 dogs?", "answer": "Yes, 1.\n\n### Note\n\nOn a lead."}
    assert len(found["head"]) == 4
    assert noted(found, "not a question with an answer, left out: 2")


@pytest.mark.parametrize(
    "written",
    [
        "Q: May I bring {n} dogs?\nA: Yes,\non a lead.\n\n",
        "**Q{n}: May I bring {n} dogs?**\n\n**A:** Yes,\non a lead.\n\n",
        "Frage {n}: May I bring {n} dogs?\nAntwort: Yes,\non a lead.\n",
    ],
)
def test_questions_with_markers(tmp_path, written):
    found = seen(tmp_path, "faq.txt", "Help\n\n" + "".join(written.format(n=n) for n in range(1, 5)))
    assert found["head"][1] == {"question": "May I bring 2 dogs?", "answer": "Yes,\non a lead."}
    assert len(found["head"]) == 4


def test_questions_in_a_markdown_table(tmp_path):
    table = "".join(f"| May I bring {n} \\| more? | Yes,<br>{n}. |\n" for n in range(5))
    header = "|Question|Answer|\n|:--|---|\n"
    found = seen(tmp_path, "faq.md", f"# Help\n\n{header}{table}\nRing us.\n\n# More\n\n{header}{table}")
    assert len(found["head"]) == 10
    assert found["head"][1] == {"Question": "May I bring 1 | more?", "Answer": "Yes,\n1."}
    assert noted(found, "lines outside the table of questions and answers, left out: 1")


def test_questions_on_a_page_as_headings_or_collapsed(tmp_path):
    headed = "".join(f"<h3>May I <b>bring</b> {n} dogs?</h3><p>Yes, {n}.</p><p>On a lead.</p>" for n in range(1, 5))
    page = f"<!doctype html><html><body><h1>Help</h1>{headed}</body></html>"
    row = {"question": "May I bring 2 dogs?", "answer": "Yes, 2.\n\nOn a lead."}
    assert seen(tmp_path, "a.html", page)["head"][1] == row
    folded = re.sub("<h3>(.*?)</h3>(.*?)(?=<h3>|</body>)", r"<details><summary>\1</summary>\2</details>", page)
    assert seen(tmp_path, "b.html", folded)["head"][1] == row


@pytest.mark.parametrize("run", ["*", " ", "-", "_", "#", "| ", "#\t", "Q"])
def test_long_runs_of_a_character_take_linear_time(tmp_path, run):
    """With quadratic time, this would run into the time limit."""
    line = run * 50_000
    text = f"# Help\n\n|Question|Answer|\n{line}\n{line}x\n\n## {line}?\n\nQ: {line}\n\n{line}\n"
    assert seen(tmp_path, "a.md", text)["columns"] == ["text", "source"]


def test_documents_with_an_occasional_question_stay_documents(tmp_path):
    text = "# Report\n\n" + "".join(f"## Part {n}\n\nIs it so? It is.\n\n" for n in range(5)) + "## Why?\n\nSo.\n"
    assert seen(tmp_path, "a.md", text)["columns"] == ["text", "source"]
