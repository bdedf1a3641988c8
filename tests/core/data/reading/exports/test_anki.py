"""Anki decks: the header lines say how the cards are written."""

from tests.core.data.reading.exports.export_files import noted, seen


def test_anki_follows_its_header(tmp_path):
    text = (
        "#separator:Semicolon\n#html:true\n#guid column:1\n#deck column:2\n#columns:GUID;Deck;Front;Back;Extra;Tags\n"
        "#tags column:6\n"
        '"x;1";Geo;"Where is &quot;A&quot;?";"In <b>B</b>;<br>it is.[sound:a.mp3]";more;hill town\n'
        "x2;Geo;What is this? <img src=a.png>;A hill.;;\n"
    )
    found = seen(tmp_path, "deck.txt", text)
    assert found["head"] == [
        {"question": 'Where is "A"?', "answer": "In B;\nit is.", "Extra": "more", "tags": "hill, town", "deck": "Geo"}
    ]
    assert noted(found, "pictures, left out: 1")


def test_anki_with_cloze_texts_and_multi_line_fields(tmp_path):
    text = '#separator:tab\n#html:false\n"The seat of\n{{c1::Arden::county}} is {{c2::Mill}}."\tIt is old.\n'
    assert seen(tmp_path, "deck.tsv", text)["head"] == [
        {"question": "The seat of\n[county] is […].", "answer": "The seat of\nArden is Mill.\nIt is old."}
    ]
