"""Opens a path for reading: a folder or archive as one stream of rows, or a single file."""

from functools import partial
from pathlib import Path, PurePosixPath

from core.data.reading.archives.tars import is_tar, tar_members
from core.data.reading.archives.zips import zip_members
from core.data.reading.bundles.file_names import DOCUMENT, TABLE, split_of
from core.data.reading.bundles.folder import folder_files, is_hidden, saved_rows
from core.data.reading.bundles.llama_factory import NAME as REGISTRY
from core.data.reading.bundles.llama_factory import registry_among
from core.data.reading.bundles.member_rows import MemberRows
from core.data.reading.bundles.selection import left_out, select_members
from core.data.reading.content import Content, file_content
from core.data.reading.decompression import decompressed
from core.data.reading.encodings.encoding import FORMATS_READ
from core.data.reading.formats import open_content
from core.data.reading.meter import Meter
from core.data.reading.opened import Opened
from core.data.reading.signatures import is_archive
from core.errors import InputError

_HEAD_BYTES = 512


def open_any(path: Path, meter: Meter) -> Opened:
    """The rows of a file, folder or archive. Raises InputError that names the place; so do the rows."""
    if path.is_dir():
        return _open_many("folder", path.name, folder_files(path, meter))
    content = file_content(path, path.name, meter)
    meter.total = content.size_bytes
    content, way = decompressed(content)
    head = content.head(_HEAD_BYTES)
    if is_tar(head):
        opened = _open_many("tar", path.name, tar_members(content))
    elif is_archive(content, head):
        opened = _open_many("zip", path.name, zip_members(content))
    else:
        opened = open_content(content)
    if way:
        opened.format = f"{opened.format}, {way}"
    return opened


def _open_many(form: str, name: str, files: list[Content]) -> Opened:
    """All tables of a bundle in a row or, where it has none, all documents."""
    files = sorted((file for file in files if not is_hidden(file.name) and file.size_bytes), key=lambda file: file.name)
    saved = saved_rows(files)
    files = saved or files
    registry = registry_among(files)
    files = [file for file in files if PurePosixPath(file.name).name != REGISTRY]
    tables = [file for file in files if TABLE.search(file.name)]
    chosen = tables or [file for file in files if DOCUMENT.search(file.name)] or files
    if not chosen:
        raise InputError(f"{name} holds no readable files: there is no row 1.", FORMATS_READ)
    read = {file.name for file in chosen}
    notes = left_out("other formats than the rest", [file.name for file in files if file.name not in read])
    if registry:
        notes += left_out(f"listed in {REGISTRY} but missing", registry.missing(files))

    def open_file(file: Content, as_document: bool) -> Opened:
        opened = _open_member(file, as_document)
        return registry.read(file, opened) if registry else opened

    renames, are_documents, first = {}, False, max(chosen, key=lambda file: file.size_bytes)
    if not saved:
        found = select_members(chosen, open_file, bool(tables))
        chosen, renames, are_documents, first = found.files, found.renames, found.are_documents, found.first.file
        notes += found.notes
    opened = open_file(first, are_documents)
    labels = [] if saved else ["source"]  # shards are not documents: rows of one shard need not share a split
    labels += ["split"] if any(map(split_of, chosen)) else []
    columns = [*opened.columns, *(label for label in labels if label not in opened.columns)]
    many = Opened(f"{form} of {opened.format}", columns, iter(()), opened.encoding, notes=notes)
    many.facts = {"kind": "folder" if form == "folder" else "archive", "files": len(chosen)}
    members = MemberRows(partial(open_file, as_document=are_documents), renames, bool(tables), labels, notes)
    many.rows = members.rows_of(chosen, set(opened.columns))
    return many


def _open_member(file: Content, as_document: bool) -> Opened:
    content, _ = decompressed(file) if file.path else (file, None)
    head = content.head(_HEAD_BYTES)
    if is_tar(head) or is_archive(content, head):
        raise InputError(f"{file.name} is an archive inside another one, by its first 4 bytes.", "Unpack it first.")
    return open_content(content, as_document)
