"""Stack Exchange's `Posts.xml`: one post per row, joined into questions with answers by id."""

from collections.abc import Iterator

from core.data.reading.content import Content
from core.data.reading.encodings.encoding import Encoding
from core.data.reading.exports.export import ExportNotes, Rows, TextExport
from core.data.reading.exports.markup import plain_text
from core.errors import InputError

_QUESTION, _ANSWER = "1", "2"


def _matches(head: str, suffix: str) -> bool:
    return "<posts" in head[:1000] and "PostTypeId=" in head


def _convert(content: Content, encoding: Encoding, notes: ExportNotes) -> Rows:
    """A row for each question with an answer, numbered by the question's position in the file."""
    chosen = _chosen(content, notes)
    questions: dict[str, tuple[int, dict]] = {}
    waiting: dict[str, dict] = {}
    for number, post in enumerate(_posts(content), start=1):
        kind, post_id = post.get("PostTypeId"), post.get("Id", "")
        if kind == _QUESTION and post_id in chosen:
            questions[post_id] = number, _question(post)
        elif kind == _ANSWER and chosen.get(post.get("ParentId", "")) == post_id:
            waiting[post.get("ParentId", "")] = {"answer": plain_text(post.get("Body", ""))}
        for key in {post_id, post.get("ParentId", "")} & questions.keys() & waiting.keys():
            place, question = questions.pop(key)
            yield place, question | waiting.pop(key)


def _chosen(content: Content, notes: ExportNotes) -> dict[str, str]:
    """The id of the best answer, by question id."""
    accepted: dict[str, str] = {}
    best: dict[str, tuple[int, str]] = {}
    asked = 0
    for post in _posts(content):
        post_id, score = post.get("Id", ""), int(post.get("Score") or 0)
        if post.get("PostTypeId") == _QUESTION:
            asked += 1
            if answer := post.get("AcceptedAnswerId"):
                accepted[post_id] = answer
        elif post.get("PostTypeId") == _ANSWER:
            parent = post.get("ParentId", "")
            best[parent] = max(best.get(parent, (score, post_id)), (score, post_id), key=lambda found: found[0])
    chosen = {question: answer for question, (_, answer) in best.items()} | accepted
    notes.count("questions without an answer, left out", max(0, asked - len(chosen)))
    return chosen


def _question(post: dict[str, str]) -> dict[str, str]:
    asked = "\n\n".join(filter(None, [plain_text(post.get("Title", "")), plain_text(post.get("Body", ""))]))
    tags = post.get("Tags", "").strip("<>|").replace("><", ", ").replace("|", ", ")
    return {"question": asked} | ({"tags": tags} if tags else {})


def _posts(content: Content) -> Iterator[dict[str, str]]:
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    with content.open() as file:
        try:
            parsed = iterparse(file, events=("start", "end"), forbid_dtd=True)
            _, root = next(parsed)
            for event, element in parsed:
                if event == "end" and element.tag == "row":
                    yield dict(element.attrib)
                    root.clear()
        except (ParseError, DefusedXmlException) as error:
            raise InputError(
                f"{content.name} is damaged XML{content.meter.place()}: {error}.", "Download or unpack it again."
            ) from None


EXPORT = TextExport(
    "Stack Exchange posts",
    "each question is read with its accepted answer, or else the best-scored one; HTML becomes text",
    _matches,
    _convert,
)
