"""Reads conversations in any format (OpenAI, ShareGPT, transcripts) into one kind of message list.

A message is {"role": "system|user|assistant|tool", "content": str}. An assistant message may also have `tool_calls`,
each {"type": "function", "function": {"name": str, "arguments": object}}, its reasoning as `reasoning_content`, and a
`weight` if it is not 1 (0: read but not learned).
"""

from core.examples.drops import Drop
from core.examples.learning import weight_of
from core.examples.parts import Parts, UnreadableError, read_parts
from core.examples.paths import opened
from core.examples.speakers import role_of, turns_of
from core.examples.texts import as_json, text_of
from core.examples.transcripts import is_transcript, read_transcript

REASONING = ("reasoning_content", "reasoning", "thinking", "thought", "thoughts")
"""Message fields that hold the assistant's reasoning."""
_CONTENT = ("content", "value", "text", "parts")


def looks_like_chat(value: object) -> bool:
    """Whether a value is a list of messages, or JSON text or an object that contains one."""
    turns = turns_of(value)
    return bool(turns) and all(isinstance(turn, dict) and role_of(turn) and _has_content(turn) for turn in turns)


def is_dialogue(value: object) -> bool:
    """Whether a value is a list of plain texts, or of pairs of them: user and assistant in turn."""
    return _are_texts(turns_of(value))


def _are_texts(turns: list | None) -> bool:
    return bool(turns) and len(turns) > 1 and all(isinstance(turn, str) for turn in turns)


def read_messages(value: object) -> list[dict]:
    """The messages in a cell. Raises UnreadableError if it is not a conversation or has an unknown role."""
    if is_transcript(value):
        return _known(read_transcript(value))
    turns = turns_of(value)
    if _are_texts(turns):
        return [{"role": ("user", "assistant")[place % 2], "content": text} for place, text in enumerate(turns)]
    if turns is None or not all(isinstance(turn, dict) for turn in turns):
        raise UnreadableError(Drop.NOT_A_CHAT)
    messages: list[dict] = []
    for message in (message for turn in turns for message in _messages(turn)):
        last = messages[-1] if messages else {}
        is_one_turn = last.get("role") == message["role"] == "assistant" and "tool_calls" not in last
        if is_one_turn and ("tool_calls" in message or _only_thinks(last)):
            messages[-1] = {**last, **message} | _joined(last, message)
        else:
            messages.append(message)
    said = [message for message in messages if message["role"] != "system" or message["content"].strip()]
    return _answered_by_system(said)


def _answered_by_system(messages: list[dict]) -> list[dict]:
    """The messages; if user and `system` alternate, `system` is taken to be the assistant."""
    roles = [message["role"] for message in messages]
    if len(roles) < 4 or roles != [("user", "system")[place % 2] for place in range(len(roles))]:
        return messages
    return [message | {"role": "assistant"} if message["role"] == "system" else message for message in messages]


def _only_thinks(message: dict) -> bool:
    return not message["content"] and "reasoning_content" in message


def _joined(*messages: dict) -> dict:
    """The content and reasoning of several messages that form one turn."""
    names = ("content", "reasoning_content")
    joined = {name: "\n".join(filter(None, (message.get(name) for message in messages))) for name in names}
    return {name: text for name, text in joined.items() if text or name == "content"}


def _known(messages: list[dict]) -> list[dict]:
    """The messages. Raises UnreadableError if a role is unknown."""
    if any(message["role"] is None for message in messages):
        raise UnreadableError(Drop.UNKNOWN_ROLE)
    return messages


def read_tools(value: object) -> str:
    """A cell with tool definitions as a JSON list, "" if it is empty. Raises UnreadableError for anything else."""
    tools = opened(value)
    if tools is None or tools == [] or isinstance(tools, str) and tools.strip().lower() in ("", "null", "none", "nan"):
        return ""
    if isinstance(tools, float) and tools != tools:
        return ""
    if isinstance(tools, dict):
        tools = [tools]
    if not isinstance(tools, list):
        raise UnreadableError(Drop.BAD_TOOLS)
    tools = [opened(tool) for tool in tools]
    if not all(isinstance(tool, dict) for tool in tools):
        raise UnreadableError(Drop.BAD_TOOLS)
    return as_json([tool if "function" in tool else {"type": "function", "function": tool} for tool in tools])


def message_text(message: dict) -> str:
    """A message as plain text: its content, then its tool calls as JSON."""
    if "tool_calls" not in message:
        return message["content"]
    calls = as_json([call["function"] for call in message["tool_calls"]])
    return f"{message['content']}\n{calls}" if message["content"] else calls


def text_with_reasoning(message: dict) -> str:
    """Like `message_text`, preceded by its reasoning."""
    if "reasoning_content" not in message:
        return message_text(message)
    return f"<think>\n{message['reasoning_content']}\n</think>\n\n{message_text(message)}"


def message_from_text(text: str) -> dict:
    """The assistant message that `message_text` turned into `text`, tool calls included."""
    said, line, listed = text.rpartition("\n")
    calls = _calls(listed) if listed.startswith('[{"name": ') else None
    if not calls or as_json([call["function"] for call in calls]) != listed:
        return {"role": "assistant", "content": text}
    return {"role": "assistant", "content": said, "tool_calls": calls}


def _has_content(turn: dict) -> bool:
    return any(name in turn for name in (*_CONTENT, "tool_calls", "function_call"))


def _messages(turn: dict) -> list[dict]:
    """A turn as a message, preceded by the tool results it contains."""
    role = role_of(turn)
    if not _has_content(turn):
        raise UnreadableError(Drop.NOT_A_CHAT)
    if role is None:
        raise UnreadableError(Drop.UNKNOWN_ROLE)
    content = next((turn[name] for name in _CONTENT if name in turn), None)
    if role == "call":
        calls = _calls(content)
        if calls is None:  # a call that is not JSON is still the assistant's text
            return [{"role": "assistant", "content": _parts(content).text}]
        return [{"role": "assistant", "content": "", "tool_calls": calls} | _weight(turn)]
    if _is_result(role, content):
        return [{"role": role, "content": as_json(content)} | _names(turn)]
    parts = _parts(content)
    if role == "thought" or role == "assistant" and turn.get("channel") == "analysis":
        return [{"role": "assistant", "content": "", "reasoning_content": parts.all_words} | _weight(turn)]
    if role == "tool" and parts.results:
        return parts.results
    message = {"role": role, "content": parts.text}
    if role == "assistant":
        message |= _of_assistant(turn, parts)
    if role == "tool":
        message |= _names(turn)
    return parts.results if parts.results and not parts.text else [*parts.results, message]


def _of_assistant(turn: dict, parts: Parts) -> dict:
    """The fields that only an assistant message has."""
    calls = _calls(turn.get("tool_calls")) or _calls(turn.get("function_call")) or _calls(parts.calls)
    fields = (turn[name] for name in REASONING if turn.get(name) not in (None, ""))
    reasoning = parts.reasoning or next((_parts(field).all_words for field in fields), "")
    return (
        ({"tool_calls": calls} if calls else {})
        | ({"reasoning_content": reasoning.strip()} if reasoning.strip() else {})
        | _weight(turn)
    )


def _weight(turn: dict) -> dict:
    weight = weight_of(turn)
    return {} if weight in (None, 1) else {"weight": weight}


def _names(turn: dict) -> dict:
    return {name: turn[name] for name in ("name", "tool_call_id") if isinstance(turn.get(name), str)}


def _is_result(role: str, content: object) -> bool:
    """Whether a tool returned data rather than text parts."""
    if role != "tool" or not isinstance(content, (dict, list)):
        return False
    return isinstance(content, dict) or not all(isinstance(part, dict) and "type" in part for part in content)


def _parts(value: object) -> Parts:
    value = [value] if isinstance(value, dict) else value
    if isinstance(value, list):
        return read_parts(value)
    text = text_of(value)
    if text is None:
        raise UnreadableError(Drop.NOT_TEXT)
    return Parts(text)


def _calls(value: object) -> list[dict] | None:
    """Tool calls in any format; None for anything else."""
    value = opened(value)
    calls = [opened(call) for call in value] if isinstance(value, list) else [value]
    if not calls or not all(isinstance(call, dict) for call in calls):
        return None
    functions = [opened(call.get("function", call)) for call in calls]
    if not all(isinstance(function, dict) and isinstance(function.get("name"), str) for function in functions):
        return None
    return [_call(call, function) for call, function in zip(calls, functions, strict=True)]


def _call(call: dict, function: dict) -> dict:
    arguments = opened(function.get("arguments", function.get("parameters")))
    read = {"name": function["name"], "arguments": {} if arguments in (None, "") else arguments}
    identity = {"id": call["id"]} if isinstance(call.get("id"), str) else {}
    return {**identity, "type": "function", "function": read}
