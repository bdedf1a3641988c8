"""Chats between people: how messages are grouped, and who is taken as the assistant."""

import pytest

from tests.core.data.reading import made
from tests.core.data.reading.exports.export_files import noted, seen
from tests.core.data.reading.exports.test_chats_with_assistants import turns

IOS = [
    "[{d}/05/2024, 09:12:03] {who}: {text}",
    "[{d}.05.24, 09:12:03] {who}: {text}",
    "[2024-05-{d}, 9:12:03\u202fAM] {who}: {text}",
    "[5/{d}/24, 9:12:03 PM] ~\u202f{who}: {text}",
]
ANDROID = [
    "{d}/05/2024, 09:12 - {who}: {text}",
    "5/{d}/24, 9:12 AM - {who}: {text}",
    "{d}.05.24, 09:12 - {who}: {text}",
    "{d}/05/2024 à 09:12 - {who}: {text}",
    "{d}/5/24 9:12 a. m. - {who}: {text}",
    "2024/05/{d}, 09:12 - {who}: {text}",
]


@pytest.mark.parametrize("layout", [*IOS, *ANDROID])
def test_whatsapp_in_the_layouts_of_phones_and_languages(tmp_path, layout):
    lines = [
        layout.split("{who}")[0].format(d=13) + "Messages are encrypted."
        if " - " in layout
        else "\u200e" + layout.format(d=13, who="Desk", text="\u200eMessages are encrypted.")
    ]
    for day in range(14, 18):
        lines += [layout.format(d=day, who="Ann", text=f"Is ferry {day} running?"), "I must: know."]
        lines += [layout.format(d=day, who="Desk", text="\u200eimage omitted" if "[" in layout else "<Media omitted>")]
        lines += [layout.format(d=day, who="Desk", text="It is.")]
    found = seen(tmp_path, "_chat.txt", "\r\n".join(lines))
    expected = [[("user", f"Is ferry {day} running?\nI must: know."), ("assistant", "It is.")] for day in range(14, 18)]
    assert turns(found) == expected
    assert noted(found, "'Desk' is taken as the assistant")
    assert noted(found, "not messages, left out: 5")


def test_another_speaker_can_be_the_assistant(tmp_path):
    lines = [
        f"0{day}/05/2024, 09:1{minute} - {who}: {text} {day}"
        for day in range(1, 5)
        for minute, (who, text) in enumerate([("Dr. Ann", "Well?"), ("Bo", "Yes."), ("Dr. Ann", "Good.")])
    ]
    found = seen(tmp_path, "chat.txt", "\n".join(lines))
    assert turns(found)[0][:2] == [("user", "Well? 1"), ("assistant", "Yes. 1")]
    assert turns(found, "answered by Dr. Ann")[0][:2] == [("assistant", "Well? 1"), ("user", "Yes. 1")]
    assert noted(found, 'messages="answered by Dr. Ann"')


def test_whatsapps_own_lines_are_not_speakers(tmp_path):
    lines = [
        '01.05.24, 08:01 - Ann hat die Gruppe "Hafen: Fragen" erstellt.',
        "01.05.24, 08:02 - Bo added you to: Hafen",
    ]
    lines += [f"{d:02d}.05.24, 09:1{d % 2} - {'Bo' if d % 2 else 'Ann'}: Text {d}" for d in range(2, 9)]
    assert seen(tmp_path, "chat.txt", "\n".join(lines))["columns"] in (
        ["messages", "answered by Ann"],
        ["messages", "answered by Bo"],
    )


def test_a_log_is_not_a_chat(tmp_path):
    log = "\n".join(f"2024-05-01 09:12:0{n} INFO worker: all is well with it" for n in range(9))
    assert "messages" not in seen(tmp_path, "a.txt", log)["columns"]


def discord(*messages: tuple) -> dict:
    return {
        "guild": {"id": "1"},
        "channel": {"id": "2", "name": "help"},
        "messages": [
            {
                "id": str(number),
                "type": "Default",
                "timestamp": f"2025-01-01T10:0{number}:00+00:00",
                "content": text,
                "author": {"id": who, "name": who, "isBot": who == "bot"},
                **({"reference": {"messageId": str(to)}} if to else {}),
            }
            for number, (who, text, to) in enumerate(messages, 1)
        ],
    }


def test_discord_groups_by_replies(tmp_path):
    found = seen(
        tmp_path,
        "a.json",
        discord(
            ("ann", "Is A open?", 0),
            ("bo", "Is B open?", 0),
            ("cy", "A is open.", 1),
            ("cy", "B is shut.", 2),
            ("ann", "Thanks!", 3),
            ("bo", "", 0),
        ),
    )
    assert turns(found) == [
        [("user", "Is A open?"), ("assistant", "A is open."), ("user", "Thanks!")],
        [("user", "Is B open?"), ("assistant", "B is shut.")],
    ]
    assert noted(found, "'cy' is taken as the assistant") and noted(found, "all 2 others as the user")


def test_discord_prefers_a_bot_only_if_it_answers(tmp_path):
    answers = seen(
        tmp_path, "a.json", discord(("ann", "A?", 0), ("bot", "Yes.", 0), ("ann", "B?", 0), ("bo", "No.", 0))
    )
    assert noted(answers, "'bot' is taken as the assistant, because it is a bot that answers")
    greets = seen(
        tmp_path,
        "b.json",
        discord(("bot", "Hi.", 0), ("ann", "A?", 0), ("bo", "Yes.", 0), ("ann", "B?", 0), ("bo", "No.", 0)),
    )
    assert noted(greets, "'bo' is taken as the assistant")


@pytest.mark.parametrize("date", ["2025-01-0{d}T10:0{m}:00.1234567+00:00", "0{d}-Jan-25 10:0{m} AM"])
def test_discord_as_a_table(tmp_path, date):
    rows = [
        {"AuthorID": who, "Author": who, "Date": date.format(d=d, m=m), "Content": f"{text} {d}", "Attachments": ""}
        for d in range(1, 4)
        for m, (who, text) in enumerate([("ann", "Is it open on"), ("desk", "It is, on")])
    ]
    assert turns(seen(tmp_path, "a.csv", made.csv_bytes(rows))) == [
        [("user", f"Is it open on {d}"), ("assistant", f"It is, on {d}")] for d in range(1, 4)
    ]


def test_telegram_with_one_chat_or_all(tmp_path):
    one = {
        "name": "Desk",
        "type": "personal_chat",
        "id": 1,
        "messages": [
            {"id": 1, "type": "service", "date": "2025-01-01T09:00:00", "actor": "Ann", "action": "invite"},
            {
                "id": 2,
                "type": "message",
                "date": "2025-01-01T10:00:00",
                "from": "Ann",
                "text": ["Is ", {"type": "bold", "text": "A"}, " open?"],
            },
            {"id": 3, "type": "message", "date": "2025-01-01T10:01:00", "from": "Desk", "text": "It is."},
            {"id": 4, "type": "message", "date": "2025-01-02T10:00:00", "from": "Ann", "text": "And B?"},
            {"id": 5, "type": "message", "date": "2025-01-02T10:01:00", "from": "Desk", "text": "It is shut."},
            {"id": 6, "type": "message", "date": "2025-01-02T10:02:00", "from": "Desk", "text": "", "photo": "a.jpg"},
        ],
    }
    expected = [[("user", "Is A open?"), ("assistant", "It is.")], [("user", "And B?"), ("assistant", "It is shut.")]]
    assert turns(seen(tmp_path, "result.json", one)) == expected
    assert (
        turns(seen(tmp_path, "all.json", {"about": "x", "contacts": {"list": []}, "chats": {"list": [one, one]}}))
        == expected * 2
    )


def test_slack_groups_by_threads(tmp_path):
    def message(who: str, ts: str, text: str, **more) -> dict:
        return {"type": "message", "user": who, "ts": ts, "text": text, **more}

    found = seen(
        tmp_path,
        "2025-01-01.json",
        [
            message("U1", "1.1", "Is A open?", thread_ts="1.1"),
            message("U2", "2.1", "Is B open?", thread_ts="2.1"),
            message("U3", "4.1", "B is shut.", thread_ts="2.1", user_profile={"real_name": "Desk"}),
            message("U3", "3.1", "A is open.", thread_ts="1.1", user_profile={"real_name": "Desk"}),
            message("U4", "5.1", "has joined", subtype="channel_join"),
        ],
    )
    assert turns(found) == [
        [("user", "Is A open?"), ("assistant", "A is open.")],
        [("user", "Is B open?"), ("assistant", "B is shut.")],
    ]
    assert noted(found, "'Desk' is taken as the assistant")


def test_messenger_is_newest_first_and_misencoded(tmp_path):
    messages = [
        {"sender_name": who, "timestamp_ms": minute * 60_000, "content": text.encode().decode("latin-1")}
        for minute, who, text in [(2, "Desk", "Für Sie: ja."), (1, "Ann", "Ist es auf?")]
    ]
    found = seen(
        tmp_path, "message_1.json", {"participants": [{"name": "Ann"}, {"name": "Desk"}], "messages": messages}
    )
    assert turns(found) == [[("user", "Ist es auf?"), ("assistant", "Für Sie: ja.")]]


def test_a_malformed_message_affects_no_other(tmp_path):
    channel = discord(("ann", "Is A open?", 0), ("bo", "It is.", 0), ("ann", "Lost", 0))
    channel["messages"][2]["timestamp"] = None
    found = seen(tmp_path, "a.json", channel)
    assert turns(found) == [[("user", "Is A open?"), ("assistant", "It is.")]]
    assert noted(found, "messages in a different form from the rest, left out: 1")
