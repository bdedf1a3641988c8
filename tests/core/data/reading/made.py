"""Makes files of every supported format from rows or paragraphs, byte by byte where no library writes them."""

import bz2
import csv
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from xml.sax.saxutils import escape

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SHEET = "xl/worksheets/sheet1.xml"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def csv_bytes(rows: list[dict], encoding: str = "utf-8", **style) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(dict.fromkeys(key for row in rows for key in row)), **style)
    writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
    return text.getvalue().encode(encoding)


def _cell(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def json_bytes(rows: object, encoding: str = "utf-8", **style) -> bytes:
    return json.dumps(rows, ensure_ascii=False, **style).encode(encoding)


def jsonl_bytes(rows: list[dict], encoding: str = "utf-8", end: str = "\n") -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + end for row in rows).encode(encoding)


def parquet_bytes(rows: list[dict]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), file)
    return file.getvalue()


def arrow_bytes(rows: list[dict], as_file: bool = False) -> bytes:
    """Arrow data in two batches: a stream, or a file (also called Feather)."""
    import pyarrow as pa

    table, file = pa.Table.from_pylist(rows), io.BytesIO()
    with (pa.ipc.new_file if as_file else pa.ipc.new_stream)(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=len(rows) // 2 + 1)
    return file.getvalue()


def excel_bytes(rows: list[dict], above: int = 0) -> bytes:
    """A workbook with one sheet, its header below `above` empty rows."""
    return zip_bytes(excel_parts(rows, above))


def excel_parts(rows: list[dict], above: int = 0) -> dict[str, str]:
    """The files inside such a workbook."""
    return _book({"Data": [[]] * above + table_of(rows)})


def excel_book(sheets: dict[str, list[list[str]]]) -> bytes:
    """A workbook of several sheets, each given as rows of cells."""
    return zip_bytes(_book(sheets))


def table_of(rows: list[dict]) -> list[list[str]]:
    """The cells of a table: the header, then the rows."""
    return [list(rows[0]), *([_cell(value) for value in row.values()] for row in rows)]


def _sheet(table: list[list[str]]) -> str:
    cells = "".join(
        f'<row r="{number}">'
        + "".join(
            f'<c r="{chr(65 + column)}{number}" t="inlineStr"><is><t xml:space="preserve">{_xml(text)}</t></is></c>'
            for column, text in enumerate(cells)
        )
        + "</row>"
        for number, cells in enumerate(table, start=1)
    )
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{cells}</sheetData></worksheet>'


def _book(sheets: dict[str, list[list[str]]]) -> dict[str, str]:
    numbered = list(enumerate(sheets, start=1))
    listed = "".join(f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>' for number, name in numbered)
    placed = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number, _ in numbered
    )
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{placed}</Relationships>',
        **{f"xl/worksheets/sheet{number}.xml": _sheet(sheets[name]) for number, name in numbered},
    }


def _xml(text: str) -> str:
    return escape(text, {"\r": "&#13;"})


def docx_bytes(paragraphs: list[str], before: str = "") -> bytes:
    """A Word file, with `before` inserted ahead of its XML, where a DOCTYPE would be."""
    return zip_bytes(docx_parts(paragraphs, before))


def docx_parts(paragraphs: list[str], before: str = "") -> dict[str, str]:
    """The files inside such a Word file."""
    body = "".join(f"<w:p><w:r><w:t>{escape(text)}</w:t></w:r></w:p>" for text in paragraphs)
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
        "word/document.xml": f'{before}<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>',
    }


def pdf_bytes(pages: list[list[str]]) -> bytes:
    """A PDF with these lines on each page; Latin-1 only, no brackets."""
    return pdf_of([
        b"BT /F1 10 Tf 50 780 Td 14 TL " + b"".join(b"(%s) Tj T* " % line.encode("cp1252") for line in lines) + b"ET"
        for lines in pages
    ])  # fmt: skip


def placed_pdf_bytes(texts: list[tuple[int, int, str]], rules: tuple[int, ...] = ()) -> bytes:
    """A one-page PDF with texts at positions, in that order, and rules drawn at some heights."""
    drawn = b"".join(b"40 %d m 560 %d l S " % (height, height) for height in rules)
    written = b"".join(b"BT /F1 9 Tf %d %d Td (%s) Tj ET " % (x, y, text.encode("cp1252")) for x, y, text in texts)
    return pdf_of([drawn + written])


def pdf_of(streams: list[bytes]) -> bytes:
    """A PDF with one content stream per page."""
    count = len(streams)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>" % (count, b" ".join(b"%d 0 R" % (4 + 2 * n) for n in range(count))),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, stream in enumerate(streams):
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> "
            b"/Contents %d 0 R >>" % (5 + 2 * number),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table) + end


def html_bytes(paragraphs: list[str], encoding: str = "utf-8") -> bytes:
    body = "".join(f"<p>{escape(text)}</p>" for text in paragraphs)
    return (
        f'<!doctype html><html><head><meta charset="{encoding}"><title>Not this</title><script>alert(1)</script></head>'
        f"<body><nav>Home About</nav><main>{body}</main><footer>Imprint</footer></body></html>"
    ).encode(encoding)


def zip_bytes(files: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def tar_bytes(files: dict[str, bytes], way: str = "") -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=f"w:{way}") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


COMPRESS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}
