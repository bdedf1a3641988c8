"""The list of known exports, and the conversion of a file that is one of them."""

from collections.abc import Iterator
from itertools import chain, islice

from core.data.reading.content import Content
from core.data.reading.encodings.encoding import Encoding
from core.data.reading.exports import anki, argilla, argilla_flat, intents, label_studio, oasst, squad, stackexchange
from core.data.reading.exports.chats import branched, chatgpt, claude, discord, messenger, slack, telegram, whatsapp
from core.data.reading.exports.export import OTHER_FORM, Export, ExportNotes, Rows, TextExport
from core.data.reading.exports.faq import document as faq
from core.errors import InputError
from core.examples.drops import Drop

_EXPORTS: tuple[Export, ...] = (
    chatgpt.EXPORT, claude.EXPORT, label_studio.EXPORT, label_studio.SHORT, squad.EXPORT, squad.FLAT,
    argilla.EXPORT, argilla_flat.EXPORT, discord.EXPORT, discord.TABLE,
    telegram.EXPORT, messenger.EXPORT, slack.EXPORT, oasst.EXPORT, branched.EXPORT, intents.EXPORT,
)  # fmt: skip
_TEXTS: tuple[TextExport, ...] = (anki.EXPORT, whatsapp.EXPORT, stackexchange.EXPORT, faq.EXPORT)
_ROWS_LOOKED_AT = 100


def export_of(head: list[dict]) -> Export | None:
    """The kind of export that these first rows come from, if any."""
    return next((export for export in _EXPORTS if head and export.matches(head)), None)


def rows_of_export(whole: dict) -> list[dict]:
    """The rows of an export that is a JSON object, or is nested in one under a name; empty where there is none."""
    if export_of([whole]):
        return [whole]
    lists = (value for value in whole.values() if isinstance(value, list) and value)
    return next((rows for rows in lists if all(isinstance(row, dict) for row in rows) and export_of(rows)), [])


def converted_export(name: str, rows: Rows, notes: list[str]) -> tuple[str | None, list[str], Rows]:
    """The kind of export that rows of the file `name` are, and the converted columns and rows; adds to `notes`.

    For ordinary rows: None, no columns, and the rows unchanged.
    """
    rows = iter(rows)
    head = list(islice(rows, _ROWS_LOOKED_AT))
    rows = chain(head, rows)
    export = export_of([row[1] for row in head if len(row) == 2])
    if not export:
        return None, [], rows
    notes.append(f"{name} is {export.name}: {export.how}")
    export_notes = ExportNotes(notes)
    columns, rows = _opened(name, export, _converted(export, _of_form(export, rows), export_notes), export_notes)
    return export.name, columns, rows


def _converted(export: Export, rows: Rows, notes: ExportNotes) -> Rows:
    if not export.is_row_by_row:
        yield from export.convert(rows, notes)
        return
    for row in rows:
        try:
            yield from list(export.convert(iter([row]), notes))
        except OTHER_FORM:
            yield row[0], {}, Drop.OTHER_FORM


def _of_form(export: Export, rows: Rows) -> Rows:
    """The rows, with those in a different form from the first ones marked as such."""
    for number, values, *problem in rows:
        if problem or export.is_any_row or export.matches([values]):
            yield number, values, *problem
        else:
            yield number, {}, Drop.OTHER_FORM


def open_text_export(
    content: Content, encoding: Encoding, head: str, suffix: str, notes: list[str], as_document: bool = False
) -> tuple[str, list[str], Rows] | None:
    """The kind of export, columns and rows of a text that begins with `head`; None for ordinary text.

    With `as_document`, a list of questions and answers counts as ordinary text.
    """
    known = (export for export in _TEXTS if not (as_document and export is faq.EXPORT))
    export = next((export for export in known if export.matches(head, suffix)), None)
    if not export:
        return None
    notes.append(f"{content.name} is {export.name}: {export.how}")
    export_notes = ExportNotes(notes)
    columns, rows = _opened(content.name, export, export.convert(content, encoding, export_notes), export_notes)
    return export.name, columns, rows


def _opened(name: str, export: Export | TextExport, rows: Rows, notes: ExportNotes) -> tuple[list[str], Rows]:
    """The columns of the first rows, and all rows; the notes are complete after the last one.

    Raises InputError where the export yields no rows.
    """

    def settled() -> Iterator[tuple]:
        yield from rows
        notes.settle()

    all_rows = settled()
    head = list(islice(all_rows, _ROWS_LOOKED_AT))
    columns = list(dict.fromkeys(str(column) for row in head for column in row[1]))
    if not columns:
        why = "; ".join(notes.lines[1:]) or "it is empty"
        raise InputError(
            f"{name} is {export.name}, but no row in it can be used: {why}.", "Use an export with answers in it."
        )
    return columns, chain(head, all_rows)
