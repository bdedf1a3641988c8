"""Layouts of Word and PDF files: tables, tracked changes, text boxes, two columns on a page."""

from core.data.reading.bundles.bundle import open_any
from core.data.reading.meter import Meter
from tests.core.data.reading import made

LEFT = [f"the left column of the page goes on to {n}" for n in range(6)]
RIGHT = [f"while the right column says all of {n}" for n in range(6)]


def opened(tmp_path, name: str, content: bytes) -> tuple[list[dict], list[str]]:
    path = tmp_path / name
    path.write_bytes(content)
    found = open_any(path, Meter(on_progress=lambda: None))
    return [row[1] for row in found.rows], found.notes


def word(tmp_path, body: str) -> tuple[list[dict], list[str]]:
    """A Word file with this body; tags without a prefix are Word's own."""
    parts = made.docx_parts(["BODY"])
    name = "word/document.xml"
    parts[name] = parts[name].replace("<w:p><w:r><w:t>BODY</w:t></w:r></w:p>", body).replace(
        "<w:document ", '<w:document xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    )  # fmt: skip
    return opened(tmp_path, "a.docx", made.zip_bytes(parts))


def p(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def table(*rows: tuple[str, ...]) -> str:
    return f"<w:tbl>{''.join(f'<w:tr>{cells}</w:tr>' for cells in map(cells_of, rows))}</w:tbl>"


def cells_of(row: tuple[str, ...]) -> str:
    return "".join(f"<w:tc>{''.join(map(p, cell.split('/')))}</w:tc>" for cell in row)


def test_the_cells_of_a_row_are_on_one_line(tmp_path):
    rows, _ = word(
        tmp_path, p("Prices.") + table(("Line", "Price"), ("North", "3/crowns"), ("South", "")) + p("So it is.")
    )
    assert rows[0]["text"] == "Prices.\n\nLine | Price\nNorth | 3 crowns\nSouth |\n\nSo it is."


def test_a_table_of_questions_and_answers_becomes_rows(tmp_path):
    asked = [(f"May I bring {n} dogs?", f"Yes, {n}./On a lead.") for n in range(4)]
    rows, notes = word(
        tmp_path, p("Help") + table(("Question", "Answer"), *asked) + p("") + table(("Question", "Answer"), asked[0])
    )
    assert rows == [{"Question": f"May I bring {n} dogs?", "Answer": f"Yes, {n}.\nOn a lead."} for n in (0, 1, 2, 3, 0)]
    assert any("left out: 1" in note for note in notes)


def test_a_small_table_of_questions_stays_part_of_a_long_text(tmp_path):
    rows, _ = word(tmp_path, p("A long text. " * 30) + table(("Question", "Answer"), ("Why?", "So.")))
    assert rows[0]["text"].endswith("Question | Answer\nWhy? | So.")


def test_tracked_changes_are_read_as_accepted(tmp_path):
    moved = "<w:p><w:moveFrom><w:r><w:t>Moved away.</w:t></w:r></w:moveFrom></w:p>"
    there = "<w:p><w:moveTo><w:r><w:t>Moved here.</w:t></w:r></w:moveTo></w:p>"
    taken = "<w:del><w:r><w:delText>nine</w:delText></w:r></w:del>"
    deleted = f"<w:p><w:r><w:t>At </w:t></w:r>{taken}<w:ins><w:r><w:t>ten.</w:t></w:r></w:ins></w:p>"
    row = f"<w:tr><w:trPr><w:del/></w:trPr>{cells_of(('Gone', '1'))}</w:tr>"
    lines = table(("Line", "Price"), ("North", "3")).replace("</w:tbl>", f"{row}</w:tbl>")
    rows, _ = word(tmp_path, deleted + moved + lines + there)
    assert list(filter(None, rows[0]["text"].split("\n\n"))) == ["At ten.", "Line | Price\nNorth | 3", "Moved here."]


def test_a_text_box_is_read_once_and_a_nested_table_with_its_cell(tmp_path):
    box = f"<w:txbxContent>{p('In a box.')}</w:txbxContent>"
    both = f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    inner = f"<w:tbl><w:tr><w:tc>{p('Outer')}{table(('In', 'ner'))}</w:tc><w:tc>{p('Next')}</w:tc></w:tr></w:tbl>"
    rows, _ = word(tmp_path, f"<w:p><w:r>{both}</w:r></w:p>" + inner)
    assert rows[0]["text"].count("In a box.") == 1
    assert "Outer In ner | Next" in rows[0]["text"]


def test_two_columns_are_read_one_after_the_other(tmp_path):
    across = [(50, 700, "A heading that goes all across the page, from the left to the right of it, as it were")]
    sides = [text for n in range(6) for text in ((50, 680 - 12 * n, LEFT[n]), (320, 680 - 12 * n, RIGHT[n]))]
    rows, notes = opened(tmp_path, "a.pdf", made.placed_pdf_bytes(across + sides))
    assert rows[0]["text"].split("\n\n") == [across[0][2], "\n".join(LEFT), "\n".join(RIGHT)]
    assert any("two columns" in note and "page 1" in note for note in notes)


def test_a_table_is_read_row_by_row(tmp_path):
    asked = [(50, 680 - 12 * n, f"May I bring as many as {n} dogs on board?") for n in range(6)]
    answered = [(320, 680 - 12 * n, f"You may, if all {n} of them are kept on a lead.") for n in range(6)]
    both = [text for pair in zip(asked, answered, strict=True) for text in pair]
    rows, _ = opened(tmp_path, "a.pdf", made.placed_pdf_bytes(both))
    assert rows[0]["text"].splitlines()[1] == f"{asked[1][2]} {answered[1][2]}"
    ruled = [text for n in range(6) for text in ((50, 680 - 12 * n, LEFT[n]), (320, 680 - 12 * n, RIGHT[n]))]
    rows, _ = opened(tmp_path, "b.pdf", made.placed_pdf_bytes(ruled, rules=(690, 678, 666, 654)))
    assert rows[0]["text"].splitlines()[1] == f"{LEFT[1]} {RIGHT[1]}"
    prices = [text for n in range(6) for text in ((50, 680 - 12 * n, f"Line {n}"), (320, 680 - 12 * n, f"{n} crowns"))]
    rows, _ = opened(tmp_path, "c.pdf", made.placed_pdf_bytes(prices))
    assert rows[0]["text"].splitlines()[1] == "Line 1 1 crowns"


def test_columns_stored_in_order_stay_in_order(tmp_path):
    sides = [(50, 680 - 12 * n, LEFT[n]) for n in range(6)] + [(320, 680 - 12 * n, RIGHT[n]) for n in range(6)]
    rows, notes = opened(tmp_path, "a.pdf", made.placed_pdf_bytes(sides))
    assert rows[0]["text"].splitlines() == [*LEFT, *RIGHT]
    assert notes == []
