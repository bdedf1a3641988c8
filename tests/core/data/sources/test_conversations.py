"""Tables with one message per row become conversations, and notes say how."""

import pytest

from core.data.rows import Row, Source
from core.data.shapes import Mapper, detect
from core.data.sources import grouping
from core.data.sources.conversations import join_by_id
from core.data.store.datasets import read_split
from core.examples.drops import Drop
from core.examples.example import conversation
from core.specs import Shape
from tests.core.data.conftest import good_rows, write_csv

COLUMNS = ["conversation_id", "turn", "role", "content", "topic"]
ASKED = {"conversation": "case", "role": "who", "content": "words"}


def talk(name: object, count: int = 4) -> list[dict]:
    """The rows of a conversation of `count` messages, user and assistant in turn."""
    return [
        {"conversation_id": name, "turn": turn, "role": ("user", "assistant")[turn % 2],
         "content": f"Of talk {name} this is what is said at turn {turn}, no more and no less.", "topic": "talking"}
        for turn in range(count)
    ]  # fmt: skip


def renamed(rows: list[dict]) -> list[dict]:
    return [{"case": row["conversation_id"], "who": row["role"], "words": row["content"]} for row in rows]


def grouped(rows: list, shape: Shape | None = None, asked: dict | None = None, kept: tuple = ()) -> Source:
    numbered = (row if isinstance(row, Row) else Row(number, row) for number, row in enumerate(rows, 2))
    columns = list(next(row for row in rows if isinstance(row, dict)))
    source = Source({}, columns, numbered, position=lambda: (0, 1))
    return join_by_id(source, shape, asked or {}, kept)


def test_consecutive_rows_with_one_id_form_a_conversation():
    source = grouped([*talk("a"), *talk("b", 2), *talk(7, 6)], kept=("turn",))
    first, second, third = source.rows
    assert [row.number for row in (first, second, third)] == [2, 6, 8]
    assert [len(row.values["messages"]) for row in (first, second, third)] == [4, 2, 6]
    assert first.values["messages"][1] == {"role": "assistant", "content": talk("a")[1]["content"]}
    assert (first.values["topic"], first.values["turn"]) == ("talking", 0)
    assert source.columns == [*COLUMNS, "messages"]


def test_a_plain_id_groups_messages_if_it_repeats():
    rows = [{"id": row["conversation_id"], "from": row["role"], "value": row["content"]} for row in talk("a") + talk(2)]
    assert [len(row.values["messages"]) for row in grouped(rows).rows] == [4, 4]
    each = [{**row, "id": number} for number, row in enumerate(rows)]
    assert "messages" not in grouped(each).columns


def test_the_reason_is_given_and_the_user_may_override_it():
    rows = talk("a") + talk("b")
    detected = detect(COLUMNS, rows)
    assert detected.shape is Shape.CHAT
    assert detected.mapping == {
        "conversation": "conversation_id", "role": "role", "content": "content", "topic": "topic", "order": "turn",
    }  # fmt: skip
    assert all(word in detected.reason for word in ("each row is one message", "'conversation_id'", "'role'"))
    assert Shape.TEXT in [shape for shape, _ in detected.others]
    texts = grouped(rows, Shape.TEXT)
    assert len(list(texts.rows)) == 8 and texts.columns == COLUMNS
    hidden = renamed(rows)
    assert detect(list(hidden[0]), hidden, asked=ASKED).mapping == ASKED
    said = grouped(hidden, asked=ASKED)
    [one, other] = [Mapper(detect(said.columns, [], asked=ASKED)).example(row.values)[0] for row in said.rows]
    assert [message["role"] for message in conversation(other)] == ["user", "assistant"] * 2


def test_messages_without_a_conversation_id_are_texts_and_say_why():
    rows = [{"role": row["role"], "content": row["content"]} for row in talk("a")]
    detected = detect(["role", "content"], rows)
    assert detected.shape is Shape.TEXT and "which messages belong together" in detected.reason
    every_row_its_own = [row | {"conversation_id": number} for number, row in enumerate(rows)]
    assert detect(list(every_row_its_own[0]), every_row_its_own).shape is Shape.TEXT


def test_rows_that_cannot_be_joined_are_dropped_with_a_reason():
    broken = Row(99, {}, Drop.BROKEN_QUOTES)
    rows = [*talk("a", 2), broken, *talk("a", 2), talk("")[0], *talk("long", 1_001), *talk("b", 2)]
    found = list(grouped(rows).rows)
    assert [(row.problem, len(row.values.get("messages", []))) for row in found] == [
        (Drop.BROKEN_QUOTES, 0), (Drop.NOT_A_CHAT, 0), (None, 4), (Drop.TOO_LONG, 0), (None, 2),
    ]  # fmt: skip


def test_conversations_become_a_dataset(tmp_path, prepare_file):
    texts = [text for row in good_rows(82) for text in (row["instruction"], row["output"])]
    rows = [
        {"conversation_id": f"c{place // 4}", "role": ("user", "assistant")[place % 2], "content": text}
        for place, text in enumerate(texts)
    ]
    rows[-3]["conversation_id"] = "c3"
    made = prepare_file(write_csv(tmp_path / "log.csv", rows))
    assert made["report"]["shape"] == Shape.CHAT
    assert made["report"]["counts"]["read"] == 41 and not made["dropped"]
    talks = [conversation(example) for split in made["splits"] for example in read_split(made["path"], split)]
    assert sorted(map(len, talks)) == [3, *[4] * 39, 5]
    assert "each row is one message" in made["report"]["detected"]["reason"]
    assert made["report"]["unused"] == []


def by_turns(*talks: list[dict]) -> list[dict]:
    """The rows of several conversations, interleaved."""
    return [row for rows in zip(*talks, strict=True) for row in rows]


def said(source: Source) -> list[list[str]]:
    return [[message["content"] for message in row.values["messages"]] for row in source.rows]


def test_rows_of_several_conversations_may_be_interleaved():
    rows = by_turns(talk("a"), talk("b"), talk("c"))
    assert said(grouped(rows)) == [[row["content"] for row in talk(name)] for name in "abc"]


def timed(rows: list[dict], moment) -> list[dict]:
    return [{**{k: v for k, v in row.items() if k != "turn"}, "sent at": moment(n)} for n, row in enumerate(rows)]


def test_messages_are_sorted_by_time():
    for moment in (lambda n: f"2025-01-0{9 - n}T10:00:00Z", lambda n: f"0{9 - n}.01.2025 10:00", lambda n: str(10 - n)):
        rows = timed(talk("a"), moment)
        source = grouped(rows)
        assert said(source) == [[row["content"] for row in reversed(rows)]]
        assert any("conversations sorted by 'sent at': 1" in note for note in source.facts["notes"])
    unclear = grouped(timed(talk("a"), lambda n: f"0{9 - n}/01/2025"))
    assert said(unclear) == [[row["content"] for row in talk("a")]]
    assert any("left in row order" in note for note in unclear.facts["notes"])


def test_speakers_with_personal_names():
    def named(user: str, assistant: str, conversation: str) -> list[dict]:
        return [
            {"conversation_id": conversation, "sender": (user, assistant)[n % 2], "message": row["content"]}
            for n, row in enumerate(talk(conversation))
        ]

    for assistant in ("Support Team", "Tom Miller"):
        rows = named("Maria K.", assistant, "a") + named("John", assistant, "b") + named("Lu", assistant, "c")
        source = grouped(rows)
        roles = [message["role"] for row in source.rows for message in row.values["messages"]]
        assert roles == ["user", "assistant"] * 6
    assert "'Tom Miller' is taken as the assistant" in source.detected.reason
    other = grouped(rows, asked={"assistant": "Lu"})
    assert [m["role"] for row in other.rows for m in row.values["messages"]][-4:] == ["assistant", "user"] * 2


def test_beyond_the_memory_limit_the_most_recent_conversations_stay_open(monkeypatch):
    monkeypatch.setattr(grouping, "_BYTES_HELD", 5_000)
    source = grouped(by_turns(*[talk(name, 2) for name in "ab"]) + talk("c", 8) + talk("a", 2))
    assert [len(talk) for talk in said(source)] == [2, 2, 8, 2]
    assert any(
        "conversations split because their rows are too far apart: 1 (a)" in note for note in source.facts["notes"]
    )


def test_speakers_may_be_objects():
    rows = [
        {"thread_id": name, "author": {"id": n, "name": ("Maria", "Help Bot")[n % 2]}, "body": row["content"]}
        for name in "ab"
        for n, row in enumerate(talk(name))
    ]
    source = grouped(rows)
    assert source.detected.mapping["role"] == "author.name" and "author.id" in source.detected.unused
    assert [[one["role"] for one in row.values["messages"]] for row in source.rows] == [["user", "assistant"] * 2] * 2


@pytest.mark.parametrize("names", [
    ("Zeitpunkt", "Ticketnummer", "Absender", "Nachricht"), ("wann", "akte", "wer", "was"),
    ("horodatage", "dossier", "auteur", "message"),
])  # fmt: skip
def test_messages_are_recognized_by_their_speakers_under_any_column_names(names):
    talks = [
        (f"T{hour}", f"Wann fährt die Fähre Nummer {hour} ab?", f"Sie fährt um {hour} Uhr ab.") for hour in range(6)
    ]
    rows = [(f"2024-05-0{place + 1} 10:05", talk, "Mitarbeiter", said) for place, (talk, _, said) in enumerate(talks)]
    rows += [(f"2024-05-0{place + 1} 10:00", talk, "Kunde", asked) for place, (talk, asked, _) in enumerate(talks)]
    rows.sort()
    made = grouped([dict(zip(names, row, strict=True)) for row in rows])
    found = [row.values["messages"] for row in made.rows]
    assert [[message["content"] for message in talk] for talk in found] == [list(talk[1:]) for talk in talks]
    assert [message["role"] for message in found[0]] == ["user", "assistant"]


@pytest.mark.parametrize(("column", "user", "assistant"), [
    ("is_agent", "False", "True"), ("inbound", 1, 0), ("kind", "Frage", "Antwort"),
])  # fmt: skip
def test_speakers_may_be_given_as_flags_or_as_question_and_answer(column, user, assistant):
    rows = [
        {"id": number // 2, column: assistant if number % 2 else user, "text": f"This is what is said at {number}."}
        for number in range(6)
    ]
    found = [[turn["role"] for turn in row.values["messages"]] for row in grouped(rows).rows]
    assert found == [["user", "assistant"]] * 3
    alone = [{name: value for name, value in row.items() if name != "id"} for row in rows]
    assert detect([column, "text"], alone).mapping == {"text": "text"}
    said = [{"Aussage": row["text"], column: row[column]} for row in rows]
    assert detect(["Aussage", column], said).mapping == {"text": "Aussage"}
