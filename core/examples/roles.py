"""The roles that columns play in each shape, and the names that datasets give them, in several languages."""

import re
import unicodedata
from collections.abc import Iterable

from core.shape import Shape

SHAPE_COLUMNS: dict[Shape, tuple[str, ...]] = {
    Shape.INSTRUCTION: ("instruction", "input", "output"),
    Shape.CHAT: ("messages", "tools"),
    Shape.PREFERENCE: ("messages", "chosen", "rejected"),
    Shape.FEEDBACK: ("messages", "output", "label"),
    Shape.TEXT: ("text",),
}
"""The columns of a stored dataset, all of them text; `messages` and `tools` are JSON."""

LABELS = ("topic", "aspect", "source", "passage", "tags", "stratum")
"""Columns that describe an example; they are kept beside it."""

_PROMPT = ("messages", "instruction", "input", "history", "system")
ROLES: dict[Shape, tuple[str, ...]] = {
    Shape.INSTRUCTION: ("instruction", "input", "output", "system"),
    Shape.CHAT: (*_PROMPT, "output", "tools", "conversation", "role", "content", "order"),
    Shape.PREFERENCE: (*_PROMPT, "chosen", "rejected", "winner", "tools"),
    Shape.FEEDBACK: (*_PROMPT, "output", "label", "tools"),
    Shape.TEXT: ("text",),
}
"""The roles a column can play in a source of that shape, besides those in LABELS."""

ALIASES: dict[str, tuple[str, ...]] = {
    "instruction": (
        "prompt", "question", "query", "task", "request", "instructions", "problem", "user", "human",
        "user message", "user prompt", "user input",
        "frage", "anfrage", "anweisung", "aufgabe", "pregunta", "consulta", "instruccion", "pergunta", "instrucao",
        "domanda", "richiesta", "istruzione", "consigne", "vraag", "opdracht", "pytanie", "polecenie", "soru", "fraga",
        "sporgsmal", "kysymys", "otazka", "вопрос", "запрос", "инструкция", "питання",
        "问题", "問題", "指令", "提问", "質問", "指示", "질문", "지시", "سؤال", "प्रश्न",
    ),
    "input": ("context", "passage", "background", "inputs", "details", "additional context", "zusatz",
              "kontext", "hintergrund", "contexte", "contexto", "contesto", "контекст", "eingabe", "entrada", "entree",
              "输入", "入力", "上下文", "입력"),
    "output": (
        "response", "answer", "completion", "target", "reply", "solution", "assistant", "bot", "gpt", "answers",
        "outputs", "responses", "assistant message", "assistant response", "model response", "model output",
        "model answer", "expected output", "expected answer", "gold answer", "reference answer", "ideal", "summary",
        "highlights", "zusammenfassung", "resolution", "result", "ergebnis", "resultat", "resultado", "risultato",
        "antwort", "ausgabe", "losung", "reponse", "sortie", "respuesta", "salida", "resposta", "saida", "risposta",
        "antwoord", "odpowiedz", "cevap", "yanit", "svar", "vastaus", "odpoved", "ответ", "відповідь",
        "回答", "答案", "输出", "出力", "答え", "답변", "응답", "대답", "출력", "جواب", "إجابة", "उत्तर",
    ),
    "messages": ("conversations", "conversation", "message", "dialogue", "dialog", "dialogs", "dialogues", "chat",
                 "chats", "turns", "thread", "gesprach", "nachrichten", "conversacion", "conversazione",
                 "对话", "消息", "会話", "대화", "диалог"),
    "history": ("chat history", "conversation history", "previous turns", "verlauf", "historial", "历史", "履歴"),
    "conversation": (
        "conversation id", "conv id", "convo id", "conversation uuid", "conversation hash", "conversation key",
        "dialogue id", "dialog id", "chat id", "thread id", "session id", "ticket id", "case id", "call id",
        "conversation number", "session", "thread", "ticket", "conv", "gesprach", "gesprachs id", "ticketnummer",
        "vorgang",
    ),
    "role": ("speaker", "sender", "from", "author", "author role", "speaker role", "message role", "said by", "rolle",
             "user", "user name", "username", "nick", "nickname", "participant", "name", "sent by", "who", "direction",
             "sender name", "sender type", "author name", "speaker name", "absender", "autor", "auteur", "autore",
             "verfasser", "remitente", "mittente"),
    "content": ("message", "text", "value", "utterance", "body", "message text", "message content", "message body",
                "nachricht", "inhalt", "mensaje", "messaggio"),
    "order": (
        "timestamp", "time", "date", "datetime", "created at", "created", "sent at", "sent", "ts", "turn", "turn id",
        "turn number", "turn index", "message index", "message number", "index", "position", "sequence", "seq", "step",
        "zeit", "datum", "zeitstempel", "zeitpunkt", "uhrzeit", "gesendet", "horodatage", "fecha", "hora",
    ),
    "system": ("system prompt", "system message", "systemprompt", "system instruction"),
    "tools": ("functions", "tool definitions", "available tools", "function definitions"),
    "chosen": ("preferred", "accepted", "better", "winner", "win", "chosen response", "response chosen",
               "chosen answer", "answer chosen", "preferred response", "preferred output", "preferred answer",
               "better response", "better answer", "good response", "good answer", "bevorzugt"),
    "rejected": ("dispreferred", "refused", "worse", "loser", "lose", "rejected response", "response rejected",
                 "rejected answer", "answer rejected", "non preferred response", "non preferred output",
                 "dispreferred response", "worse response", "worse answer", "bad response", "bad answer", "abgelehnt"),
    "label": ("kto tag", "feedback", "thumbs", "thumb", "vote", "rating", "liked", "like", "good", "is good",
              "desirable", "is desirable", "correct", "is correct", "helpful", "accepted", "approved", "upvoted",
              "score", "reward", "quality", "verdict", "bewertung", "gut", "hilfreich", "korrekt", "richtig",
              "nutzlich", "correcto", "util", "utile"),
    "text": ("content", "document", "body", "article", "paragraph", "contents", "page content", "raw text",
             "raw content", "full text", "document text", "markdown", "abstract", "story", "transcript",
             "texte", "texto", "testo", "tekst", "текст", "文本", "内容", "正文", "テキスト", "本文", "텍스트", "본문"),
    "topic": ("category", "subject"),
    "source": ("source file", "file name", "filename"),
}  # fmt: skip
"""Other names of a role, as `plain_name` writes them."""

INPUT_NAMES = frozenset({"input", "inputs", "eingabe", "entrada", "entree", "输入", "入力", "입력"})
"""Names of `input` that mean the question if nothing else does, as in a file of inputs and outputs."""

PAIRS = frozenset({
    ("prompt", "completion"), ("prompt", "response"), ("question", "answer"), ("query", "response"),
    ("query", "answer"), ("problem", "solution"), ("user", "assistant"), ("human", "assistant"), ("human", "bot"),
    ("instruction", "response"), ("instruction", "answer"), ("instruction", "completion"), ("request", "reply"),
})  # fmt: skip
"""Names that belong together: they decide if several columns could be the question or the answer."""

OPPOSITES = frozenset({
    ("good", "bad"), ("better", "worse"), ("best", "worst"), ("positive", "negative"), ("pos", "neg"),
    ("like", "dislike"), ("liked", "disliked"), ("accept", "reject"), ("choice", "reject"), ("preferred", "rejected"),
    ("selected", "discarded"), ("upvoted", "downvoted"), ("winning", "losing"), ("w", "l"), ("yw", "yl"),
    ("gut", "schlecht"), ("gute", "schlechte"), ("bessere", "schlechtere"), ("bevorzugte", "abgelehnte"),
})  # fmt: skip
"""Names of a chosen and a rejected answer that mean so only as a pair (`good_reply` beside `bad_reply`)."""

CLASSES = frozenset({
    "label", "labels", "label text", "label name", "label id", "class", "classes", "class name", "class index",
    "sentiment", "intent", "intents", "emotion", "emotions", "category", "categories", "polarity", "stance",
    "entities", "entity", "tag", "spam", "klasse", "kategorie", "stimmung", "etikett", "absicht",
})  # fmt: skip
"""Names of class columns: they are the answer if no other column is."""

LIKELY_ANSWERS = frozenset({
    "sql", "code", "snippet", "translation", "target text", "tgt", "completion text", "ubersetzung",
})  # fmt: skip
"""Names that decide for the answer if several text columns could be it."""

TITLES = frozenset({"title", "headline", "heading", "titel", "uberschrift", "titre", "titulo", "titolo"})
"""Names of headings: they are a question only if they end with a question mark."""

ABOUT = frozenset({
    "id", "ids", "model", "name", "score", "scores", "type", "kind", "date", "time", "count", "length", "len", "url",
    "link", "rating", "tokens", "lang", "language", "index", "number", "source", "category", "status", "state",
    "suggestion", "suggestions", "quelle", "sprache", "langue", "idioma", "lingua", "lizenz",
    "annotator", "timestamp", "created", "updated", "uuid", "hash", "path", "upload", "uploaded", "version", "license",
})  # fmt: skip
"""Words in a name that mark metadata about a text (`answer_id`) rather than the text itself."""

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NO_WORD = re.compile(r"[\W_]+")


def plain_name(name: str) -> str:
    """A column's name without case, accents, camel case, underscores, dashes and dots."""
    apart = _NO_WORD.sub(" ", _CAMEL.sub(" ", name)).strip().casefold()
    return "".join(char for char in unicodedata.normalize("NFKD", apart) if not unicodedata.combining(char))


_BY_ROLE = {
    role: tuple(plain_name(name) for name in (role, *ALIASES.get(role, ())))
    for role in dict.fromkeys([*(role for roles in ROLES.values() for role in roles), *LABELS])
}
_SAYS_LITTLE = frozenset({"name", "who", "direction"})
"""Names of roles that occur in objects of any kind: no sign of a table of examples."""
_KNOWN = frozenset(name for names in _BY_ROLE.values() for name in names) - _SAYS_LITTLE


def names_of(role: str) -> tuple[str, ...]:
    """The plain names of a role, its own first."""
    return _BY_ROLE[role]


def count_known(names: Iterable[str]) -> int:
    """How many of the names are a role or an alias of one: evidence that a row is a header row."""
    return len(_KNOWN & {plain_name(name) for name in names})
