"""Chats with assistants: the branch shown last is read, without tool calls and hidden messages."""

from tests.core.data.reading import made
from tests.core.data.reading.exports.export_files import noted, seen


def turns(found: dict, column: str = "messages") -> list[list[tuple[str, str]]]:
    return [[(turn["role"], turn["content"]) for turn in row[column]] for row in found["head"]]


def node(key: str, parent: str | None, role: str = "", *parts, **more) -> tuple[str, dict]:
    kind = {"content_type": more.pop("kind", "text"), "parts": list(parts)}
    message = {"author": {"role": role}, "content": kind, "recipient": "all", "metadata": {}, **more} if role else None
    return key, {"id": key, "parent": parent, "children": [], "message": message}


def chat(*nodes, **more) -> dict:
    return {"title": "Trip", "mapping": dict(nodes), **more}


ROOT = node("r", None)
HIDDEN = {"metadata": {"is_visually_hidden_from_conversation": True}}


def test_chatgpt_reads_the_branch_shown_last_without_tools_and_hidden_messages(tmp_path):
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
    assert noted(found, "regenerated or edited answers, left out: 2")
    assert noted(found, "pictures or files, left out: 1")
    assert noted(found, "is a ChatGPT export")


def test_a_single_chatgpt_conversation(tmp_path):
    one = chat(ROOT, node("u", "r", "user", "What?"), node("a", "u", "assistant", "That."), current_node="a")
    one["mapping"]["a"]["message"]["metadata"] = {
        "citations": [{"title": "x", "text": "y"}, {"title": "x", "text": "z"}]
    }
    assert turns(seen(tmp_path, "a.json", one)) == [[("user", "What?"), ("assistant", "That.")]]


def test_chatgpt_conversations_nested_under_a_name(tmp_path):
    one = chat(ROOT, node("u", "r", "user", "What?"), node("a", "u", "assistant", "That."), current_node="a")
    expected = [[("user", "What?"), ("assistant", "That.")]] * 2
    assert turns(seen(tmp_path, "a.json", {"conversations": [one, one], "count": 2})) == expected


def test_a_cycle_of_messages_ends(tmp_path):
    loop = chat(node("u", "a", "user", "What?"), node("a", "u", "assistant", "That."), current_node="a")
    assert turns(seen(tmp_path, "a.json", [loop])) == [[("user", "What?"), ("assistant", "That.")]]


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
    assert noted(found, "edited or regenerated messages, left out: 1")
    assert noted(found, "pictures or files, left out: 1")


def test_a_single_claude_conversation(tmp_path):
    one = {"uuid": "1", "name": "x", "chat_messages": [said("u", "human", "What?"), said("a", "assistant", "That.")]}
    assert turns(seen(tmp_path, "a.json", one)) == [[("user", "What?"), ("assistant", "That.")]]


def test_branches_in_a_list_of_messages_are_not_concatenated(tmp_path):
    def message(key: str, parent: str, who: str, text: str) -> dict:
        return {"messageId": key, "parentMessageId": parent, "sender": who, "text": text}

    first, again = message("b", "a", "ChatGPT", "Discarded."), message("c", "a", "ChatGPT", "It is.")
    branched = {"title": "t", "messages": [message("a", "0", "User", "Is it deep?"), first, again]}
    plain = {"title": "p", "messages": [message("a", "0", "User", "Is it?"), message("b", "a", "ChatGPT", "Yes.")]}
    found = seen(tmp_path, "a.jsonl", made.jsonl_bytes([plain, branched, plain]))
    assert [[turn["text"] for turn in row["messages"]] for row in found["head"]] == [
        ["Is it?", "Yes."], ["Is it deep?", "It is."], ["Is it?", "Yes."],
    ]  # fmt: skip
    assert noted(found, "other branches, left out: 1")
    talk = {
        "messages": [
            {**message(str(n), "", "User", f"Text {n}"), "parentMessageId": to}
            for n, to in enumerate(["", "", "0", "0"])
        ]
    }
    assert len(seen(tmp_path, "b.jsonl", made.jsonl_bytes([talk, talk]))["head"][0]["messages"]) == 4


def test_a_malformed_conversation_affects_no_other(tmp_path):
    good = chat(ROOT, node("u", "r", "user", "What?"), node("a", "u", "assistant", "That."), current_node="a")
    bad = chat(ROOT, node("u", "r", "user", "What?"), current_node="u")
    bad["mapping"]["u"]["message"]["content"]["parts"] = 3
    assert [bool(row) for row in seen(tmp_path, "b.json", [good, bad, good])["head"]] == [True, False, True]


def test_trees_of_replies_follow_the_best_ranked(tmp_path):
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
    assert noted(found, "lower-ranked replies, left out: 2")
