"""Chats as their programs export them: what belongs together, the branch that was shown, and who is the assistant."""

import pytest

from tests.core.data.reading import made
from tests.core.data.reading.test_exports import seen, told


def turns(found: dict, column: str = "messages") -> list[list[tuple[str, str]]]:
    return [[(turn["role"], turn["content"]) for turn in row[column]] for row in found["head"]]


# --- ChatGPT


def node(key: str, parent: str | None, role: str = "", *parts, **more) -> tuple[str, dict]:
    kind = {"content_type": more.pop("kind", "text"), "parts": list(parts)}
    message = {"author": {"role": role}, "content": kind, "recipient": "all", "metadata": {}, **more} if role else None
    return key, {"id": key, "parent": parent, "children": [], "message": message}


def chat(*nodes, **more) -> dict:
    return {"title": "Trip", "mapping": dict(nodes), **more}


ROOT = node("r", None)
HIDDEN = {"metadata": {"is_visually_hidden_from_conversation": True}}


def test_chatgpt_reads_the_branch_shown_last_without_tools_and_what_is_hidden(tmp_path):
    picture = {"content_type": "image_asset_pointer", "asset_pointer": "x"}
    found = seen(
        tmp_path,
        "conversations.json",
        [
            chat(
                ROOT,
                node("s", "r", "system", "Be brief.", **HIDDEN),
                node("u", "s", "user", "What?"),
                node("a", "u", "assistant", "Discarded."),
                node("t", "u", "assistant", "search(1)", recipient="browser"),
                node("o", "t", "tool", "Found."),
                node("h", "o", "assistant", kind="thoughts"),
                node("b", "h", "assistant", "That\ue200cite\ue202turn0\ue201."),
                node("c", "b", "assistant", "And this."),
                current_node="c",
            ),
            chat(
                ROOT,
                node("u", "r", "user", "Older?", create_time=1),
                node("a", "u", "assistant", "Old.", create_time=2),
                node("b", "u", "assistant", "New.", create_time=3),
            ),
            chat(
                ROOT,
                node("u", "r", "user", picture, "What is it?", kind="multimodal_text"),
                node("a", "u", "assistant", "A hill."),
                current_node="a",
            ),
        ],
    )
    assert turns(found) == [
        [("user", "What?"), ("assistant", "That.\n\nAnd this.")],
        [("user", "Older?"), ("assistant", "New.")],
    ]
    assert told(found, "generated again or edited away, which are left out: 2")
    assert told(found, "pictures or files, which are left out: 1")
    assert told(found, "is a ChatGPT export")


def test_a_single_conversation_of_chatgpt(tmp_path):
    one = chat(ROOT, node("u", "r", "user", "What?"), node("a", "u", "assistant", "That."), current_node="a")
    one["mapping"]["a"]["message"]["metadata"] = {
        "citations": [{"title": "x", "text": "y"}, {"title": "x", "text": "z"}]
    }
    assert turns(seen(tmp_path, "a.json", one)) == [[("user", "What?"), ("assistant", "That.")]]


def test_conversations_of_chatgpt_below_a_name(tmp_path):
    one = chat(ROOT, node("u", "r", "user", "What?"), node("a", "u", "assistant", "That."), current_node="a")
    expected = [[("user", "What?"), ("assistant", "That.")]] * 2
    assert turns(seen(tmp_path, "a.json", {"conversations": [one, one], "count": 2})) == expected


def test_a_tree_that_bites_its_tail_ends(tmp_path):
    loop = chat(node("u", "a", "user", "What?"), node("a", "u", "assistant", "That."), current_node="a")
    assert turns(seen(tmp_path, "a.json", [loop])) == [[("user", "What?"), ("assistant", "That.")]]


# --- Claude


def said(key: str, sender: str, text: str, **more) -> dict:
    return {"uuid": key, "sender": sender, "text": text, "content": [{"type": "text", "text": text}], **more}


def test_claude_reads_parts_attachments_and_branches(tmp_path):
    parts = [
        {"type": "thinking", "thinking": "Hm."},
        {"type": "text", "text": "First."},
        {"type": "tool_use", "name": "x"},
        {"type": "tool_result", "content": "y"},
        {"type": "text", "text": "Then."},
    ]
    found = seen(
        tmp_path,
        "conversations.json",
        [
            {
                "uuid": "1",
                "name": "Trip",
                "chat_messages": [
                    said(
                        "u",
                        "human",
                        "Sum up.",
                        attachments=[{"file_name": "a.txt", "extracted_content": "A long text."}],
                        files=[{"file_name": "a.txt"}],
                    ),
                    said("a", "assistant", "This block is not supported", content=parts),
                ],
            },
            {
                "uuid": "2",
                "name": "",
                "chat_messages": [
                    said("u", "human", "What?", parent_message_uuid="root"),
                    said("a", "assistant", "Discarded.", parent_message_uuid="u"),
                    said("b", "assistant", "That.", parent_message_uuid="u"),
                ],
            },
            {
                "uuid": "3",
                "name": "",
                "chat_messages": [
                    said("u", "human", "What is it?", files=[{"file_name": "a.png"}]),
                    said("a", "assistant", "A hill."),
                ],
            },
            {"uuid": "4", "name": "", "chat_messages": []},
        ],
    )
    assert turns(found) == [
        [("user", "Sum up.\n\nA long text."), ("assistant", "First.\n\nThen.")],
        [("user", "What?"), ("assistant", "That.")],
    ]
    assert found["head"][0]["messages"][1]["reasoning_content"] == "Hm."
    assert told(found, "edited or generated again, which are left out: 1")
    assert told(found, "pictures or files, which are left out: 1")


def test_a_single_conversation_of_claude(tmp_path):
    one = {"uuid": "1", "name": "x", "chat_messages": [said("u", "human", "What?"), said("a", "assistant", "That.")]}
    assert turns(seen(tmp_path, "a.json", one)) == [[("user", "What?"), ("assistant", "That.")]]


# --- WhatsApp

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
    assert told(found, "'Desk' is taken as the assistant")
    assert told(found, "nobody said, which are left out: 5")


def test_another_speaker_can_be_the_assistant(tmp_path):
    lines = [
        f"0{day}/05/2024, 09:1{minute} - {who}: {text} {day}"
        for day in range(1, 5)
        for minute, (who, text) in enumerate([("Dr. Ann", "Well?"), ("Bo", "Yes."), ("Dr. Ann", "Good.")])
    ]
    found = seen(tmp_path, "chat.txt", "\n".join(lines))
    assert turns(found)[0][:2] == [("user", "Well? 1"), ("assistant", "Yes. 1")]
    assert turns(found, "answered by Dr. Ann")[0][:2] == [("assistant", "Well? 1"), ("user", "Yes. 1")]
    assert told(found, '--map messages="answered by Dr. Ann"')


def test_lines_of_whatsapp_itself_are_no_speakers(tmp_path):
    lines = [
        '01.05.24, 08:01 - Ann hat die Gruppe "Hafen: Fragen" erstellt.',
        "01.05.24, 08:02 - Bo added you to: Hafen",
    ]
    lines += [f"{d:02d}.05.24, 09:1{d % 2} - {'Bo' if d % 2 else 'Ann'}: Text {d}" for d in range(2, 9)]
    assert seen(tmp_path, "chat.txt", "\n".join(lines))["columns"] in (
        ["messages", "answered by Ann"],
        ["messages", "answered by Bo"],
    )


def test_a_log_is_no_chat(tmp_path):
    log = "\n".join(f"2024-05-01 09:12:0{n} INFO worker: all is well with it" for n in range(9))
    assert "messages" not in seen(tmp_path, "a.txt", log)["columns"]


# --- Discord, Telegram, Messenger


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


def test_discord_goes_by_who_replies_to_what(tmp_path):
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
    assert told(found, "'cy' is taken as the assistant") and told(found, "all 2 others as the user")


def test_discord_prefers_a_bot_that_answers_and_no_other(tmp_path):
    answers = seen(
        tmp_path, "a.json", discord(("ann", "A?", 0), ("bot", "Yes.", 0), ("ann", "B?", 0), ("bo", "No.", 0))
    )
    assert told(answers, "'bot' is taken as the assistant, because it is a bot that answers")
    greets = seen(
        tmp_path,
        "b.json",
        discord(("bot", "Hi.", 0), ("ann", "A?", 0), ("bo", "Yes.", 0), ("ann", "B?", 0), ("bo", "No.", 0)),
    )
    assert told(greets, "'bo' is taken as the assistant")


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


def test_telegram_one_chat_and_all_of_them(tmp_path):
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


def test_slack_goes_by_threads(tmp_path):
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
    assert told(found, "'Desk' is taken as the assistant")


def test_messenger_is_newest_first_and_in_bytes_of_latin_1(tmp_path):
    messages = [
        {"sender_name": who, "timestamp_ms": minute * 60_000, "content": text.encode().decode("latin-1")}
        for minute, who, text in [(2, "Desk", "Für Sie: ja."), (1, "Ann", "Ist es auf?")]
    ]
    found = seen(
        tmp_path, "message_1.json", {"participants": [{"name": "Ann"}, {"name": "Desk"}], "messages": messages}
    )
    assert turns(found) == [[("user", "Ist es auf?"), ("assistant", "Für Sie: ja.")]]


def test_branches_in_a_list_of_messages_are_not_read_one_after_the_other(tmp_path):
    def message(key: str, parent: str, who: str, text: str) -> dict:
        return {"messageId": key, "parentMessageId": parent, "sender": who, "text": text}

    first, again = message("b", "a", "ChatGPT", "Discarded."), message("c", "a", "ChatGPT", "It is.")
    branched = {"title": "t", "messages": [message("a", "0", "User", "Is it deep?"), first, again]}
    plain = {"title": "p", "messages": [message("a", "0", "User", "Is it?"), message("b", "a", "ChatGPT", "Yes.")]}
    found = seen(tmp_path, "a.jsonl", made.jsonl_bytes([plain, branched, plain]))
    assert [[turn["text"] for turn in row["messages"]] for row in found["head"]] == [
        ["Is it?", "Yes."], ["Is it deep?", "It is."], ["Is it?", "Yes."],
    ]  # fmt: skip
    assert told(found, "other branches, which are left out: 1")
    talk = {
        "messages": [
            {**message(str(n), "", "User", f"Text {n}"), "parentMessageId": to}
            for n, to in enumerate(["", "", "0", "0"])
        ]
    }
    assert len(seen(tmp_path, "b.jsonl", made.jsonl_bytes([talk, talk]))["head"][0]["messages"]) == 4


# --- Open Assistant


def test_trees_of_replies_take_the_best_ranked(tmp_path):
    def tree(number: int) -> dict:
        good = {
            "role": "assistant",
            "text": f"Good {number}.",
            "rank": 0,
            "replies": [
                {
                    "role": "prompter",
                    "text": "More?",
                    "replies": [{"role": "assistant", "text": "No more.", "replies": []}],
                }
            ],
        }
        bad = {"role": "assistant", "text": "Bad.", "rank": 1, "replies": []}
        return {
            "message_tree_id": str(number),
            "prompt": {"role": "prompter", "text": f"Ask {number}?", "replies": [bad, good]},
        }

    found = seen(tmp_path, "trees.jsonl", made.jsonl_bytes([tree(1), tree(2)]))
    assert turns(found)[0] == [
        ("prompter", "Ask 1?"),
        ("assistant", "Good 1."),
        ("prompter", "More?"),
        ("assistant", "No more."),
    ]
    assert told(found, "ranked lower than another one, which are left out: 2")
