"""Who speaks in each turn of a conversation and what they say, whatever the dataset calls these fields."""

from collections.abc import Callable

from core.examples.paths import opened, parts, reader
from core.examples.roles import plain_name

SPEAKER_ROLES = {
    "system": "system", "developer": "system",
    "user": "user", "human": "user", "prompter": "user", "customer": "user", "client": "user", "caller": "user",
    "patient": "user", "student": "user", "visitor": "user", "nutzer": "user", "benutzer": "user", "kunde": "user",
    "kundin": "user", "anrufer": "user", "besucher": "user", "cliente": "user", "usuario": "user", "utente": "user",
    "utilisateur": "user", "klant": "user", "klient": "user", "用户": "user", "客户": "user", "пользователь": "user",
    "клиент": "user", "ユーザー": "user", "사용자": "user", "고객": "user",
    "mitarbeiter": "assistant", "mitarbeiterin": "assistant", "berater": "assistant", "beraterin": "assistant",
    "kundendienst": "assistant", "kundenservice": "assistant", "representative": "assistant", "staff": "assistant",
    "conseiller": "assistant", "conseillere": "assistant", "agente": "assistant", "asistente": "assistant",
    "assistente": "assistant", "operatore": "assistant", "medewerker": "assistant", "助手": "assistant",
    "客服": "assistant", "ассистент": "assistant", "оператор": "assistant", "アシスタント": "assistant",
    "상담원": "assistant",
    "assistant": "assistant", "gpt": "assistant", "bot": "assistant", "model": "assistant", "ai": "assistant",
    "inbound": "user", "incoming": "user", "outbound": "assistant", "outgoing": "assistant",
    "chatgpt": "assistant", "bard": "assistant", "agent": "assistant", "bing": "assistant", "chatbot": "assistant",
    "support": "assistant", "operator": "assistant", "advisor": "assistant", "doctor": "assistant", "llm": "assistant",
    "tutor": "assistant", "teacher": "assistant", "therapist": "assistant", "assistent": "assistant", "ki": "assistant",
    "function_call": "call", "function-call": "call", "tool_call": "call",
    "thinking": "thought", "reasoning": "thought", "thought": "thought", "thoughts": "thought", "think": "thought",
    "tool": "tool", "observation": "tool", "function": "tool", "ipython": "tool", "tool_response": "tool",
    "function_response": "tool", "function-response": "tool", "tool_result": "tool",
}  # fmt: skip
"""Roles by the names datasets use; `call` is the assistant calling a tool, `thought` its reasoning."""

_WHO = ("role", "from", "speaker", "author", "sender", "user", "type", "name", "rolle")
_WHAT = ("content", "value", "text", "message", "utterance", "body", "parts", "inhalt")
_SPEAKERS = ("system", "user", "assistant")
_ASKED = frozenset({"question", "prompt", "query", "instruction", "input", "frage"})
_ANSWERED = frozenset({"answer", "response", "completion", "reply", "output", "antwort"})


_FLAGS = {
    "inbound": "user", "incoming": "user", "is user": "user", "from user": "user", "is customer": "user",
    "from customer": "user", "outbound": "assistant", "outgoing": "assistant", "is bot": "assistant",
    "from bot": "assistant", "is agent": "assistant", "from agent": "assistant", "is assistant": "assistant",
    "is staff": "assistant", "from staff": "assistant", "is support": "assistant", "from support": "assistant",
}  # fmt: skip
"""Names of boolean columns that say who speaks, with the speaker if the value is true."""
_TRUE, _FALSE = frozenset({"true", "1", "yes", "ja"}), frozenset({"false", "0", "no", "nein"})


def speaker_reader(path: str) -> Callable[[dict], object]:
    """Reads the speaker of a row: a name, or the role that a boolean column such as `is_agent` implies."""
    read = reader(path)
    if not is_flag(path):
        return read
    return lambda values: flagged(path, read(values))


def is_flag(path: str) -> bool:
    """Whether a column's name marks it as a boolean that says who speaks."""
    return plain_name(str((parts(path) or [path])[-1])) in _FLAGS


def flagged(path: str, value: object) -> object:
    """The role that a true or false in such a column implies; any other value unchanged."""
    word, role = str(value).strip().lower(), _FLAGS[plain_name(str((parts(path) or [path])[-1]))]
    if word in _TRUE:
        return role
    return value if word not in _FALSE else "assistant" if role == "user" else "user"


def turns_of(value: object) -> list | None:
    """The turns in a cell: objects with a speaker (`role` or `from`) and a text, or plain texts in turn.

    None if it is not a list, nor JSON text or an object that contains one. Items that are not turns stay unchanged.
    """
    value = opened(value)
    if isinstance(value, dict) and (turns := _of_lists(value)):
        return turns
    if isinstance(value, dict) and (choices := opened(value.get("choices"))):  # an API's response
        first = choices[0] if isinstance(choices, list) and isinstance(choices[0], dict) else {}
        value = {"messages": [first["message"]]} if isinstance(first.get("message"), dict) else value
    if isinstance(value, dict):
        inner = next((value[name] for name in ("messages", "conversations") if name in value), None)
        if inner is None:
            return [_named(value)]
        value = opened(inner)
    if not isinstance(value, list):
        return None
    return [turn for part in value for turn in _turns_in(opened(part))]


def _of_lists(value: dict) -> list[dict]:
    """The turns of an object of lists, one per field, which is how `datasets` stores lists of objects."""
    lists = {name: opened(part) for name, part in value.items()}
    names = [name.strip().lower() for name in map(str, lists)]
    if (
        not lists
        or not all(isinstance(part, list) for part in lists.values())
        or len(set(map(len, lists.values()))) > 1
    ):
        return []
    if not set(names) & {*_WHO} or not set(names) & {*_WHAT}:
        return []
    return [_named(dict(zip(lists, turn, strict=True))) for turn in zip(*lists.values(), strict=True)]


def role_of(turn: dict) -> str | None:
    """The role of a turn's speaker; None if it is unknown."""
    said = turn.get("role") or turn.get("from") or turn.get("speaker")
    return SPEAKER_ROLES.get(said.strip().lower()) if isinstance(said, str) else None


def unknown_speakers(value: object) -> list[str]:
    """The speakers' names in a cell that is a list of messages, if none of the names is known."""
    turns = opened(value)
    if not isinstance(turns, list) or not turns or not all(isinstance(turn, dict) for turn in turns):
        return []
    plain = [{str(name).strip().lower(): part for name, part in turn.items()} for turn in turns]
    who_speaks = [who for who in _WHO if who not in ("type", "name")]  # these occur in objects of any kind
    names = [next((turn[who] for who in who_speaks if isinstance(turn.get(who), str)), None) for turn in plain]
    said = all(any(isinstance(turn.get(what), str) for what in _WHAT) for turn in plain)
    return list(dict.fromkeys(names)) if said and None not in names and not any(map(_is_speaker, names)) else []


def role_by_name(name: str) -> str | None:
    """The role that a speaker's name implies, or the last word in it that implies one (`Support Team`)."""
    words = [SPEAKER_ROLES.get(word) for word in plain_name(name).split()]
    known = [role for role in words if role in _SPEAKERS]
    side = "user" if plain_name(name) in _ASKED else "assistant" if plain_name(name) in _ANSWERED else None
    return SPEAKER_ROLES.get(name.strip().lower()) or (known[-1] if known else side)


def _turns_in(part: object) -> list:
    """One turn, or the two turns of a question-answer pair."""
    if isinstance(part, dict):
        item = _item(part)
        return [item] if item else [part] if _is_named(part) else _turns_in_object(part)
    if isinstance(part, list) and len(part) == 2 and all(isinstance(text, str) for text in part):
        role = SPEAKER_ROLES.get(part[0].strip().lower())
        return [{"role": part[0], "content": part[1]}] if role in _SPEAKERS else part
    return [part]


def _item(part: dict) -> dict | None:
    """An item of OpenAI's Responses API as a turn, if it is reasoning, a tool call or its result; None otherwise."""
    kind = None if "role" in part else part.get("type")
    if kind == "reasoning" and isinstance(part.get("summary"), list):
        thoughts = [thought.get("text") for thought in part["summary"] if isinstance(thought, dict)]
        return {"role": "assistant", "content": "", "reasoning_content": "\n".join(filter(None, thoughts))}
    if kind == "function_call" and "name" in part:
        function = {"name": part["name"], "arguments": part.get("arguments")}
        return {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": function}]}
    if kind == "function_call_output" and "output" in part:
        return {"role": "tool", "content": part["output"]}
    return None


def _turns_in_object(part: dict) -> list:
    plain = {str(name).strip().lower(): value for name, value in part.items()}
    if (
        plain
        and all(SPEAKER_ROLES.get(name) in _SPEAKERS for name in plain)
        and not any(map(_is_speaker, plain.values()))
    ):
        return [{"role": name, "content": text} for name, text in plain.items()]
    if len(plain) == 2 and plain.keys() & _ASKED and plain.keys() & _ANSWERED:
        return [plain[name] for names in (_ASKED, _ANSWERED) for name in plain.keys() & names]
    return [_named(part)]


def _is_named(part: dict) -> bool:
    return ("role" in part or "from" in part) and ("content" in part or "value" in part)


def _named(part: dict) -> dict:
    """An object with its speaker as `role` and its text as `content`, if it has them."""
    if _is_named(part):
        return part
    plain = {str(name).strip().lower(): value for name, value in part.items()}
    who = next((plain[name] for name in _WHO if _is_speaker(plain.get(name))), None)
    what = next((name for name in _WHAT if name in plain), None)
    found = {"role": who} if who and "role" not in part else {}
    return part | found | ({"content": plain[what]} if what and "content" not in part else {})


def _is_speaker(value: object) -> bool:
    return isinstance(value, str) and SPEAKER_ROLES.get(value.strip().lower()) in _SPEAKERS
