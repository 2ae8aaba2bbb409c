"""Documents, mail and JSON with texts in it."""

import base64
import email.message
import email.policy
import json
import zlib

from cases import case, config, halves, png, zipped

WORD = "<w:document><w:body>%s</w:body></w:document>"
TYPES = {"[Content_Types].xml": "<?xml version='1.0'?><Types/>"}


def runs(token):
    head, tail = halves(token)
    text = f"<w:p><w:r><w:t>key {head}</w:t></w:r><w:proofErr/><w:r><w:rPr><w:b/></w:rPr><w:t>{tail}</w:t></w:r></w:p>"
    return "<?xml version='1.0'?>" + WORD % text


def part(name, text):
    return zipped({**TYPES, name: "<?xml version='1.0'?>" + text})


case("split.docx!/word/document.xml#text")(lambda t: zipped({**TYPES, "word/document.xml": runs(t)}))
case("a.docx!/word/comments.xml")(lambda t: part("word/comments.xml", f"<w:comment><w:t>{t}</w:t></w:comment>"))
case("del.docx!/word/document.xml")(
    lambda t: part("word/document.xml", WORD % f"<w:del><w:r><w:delText>{t}</w:delText></w:r></w:del>")
)
case("core.docx!/docProps/core.xml")(lambda t: part("docProps/core.xml", f"<dc:title>{t}</dc:title>"))
case("custom.docx!/customXml/item1.xml")(lambda t: part("customXml/item1.xml", f"<x>{t}</x>"))
case("a.xlsx!/xl/connections.xml")(
    lambda t: part("xl/connections.xml", f'<connection name="x" command="key {t}"/>')
)
case("hidden.xlsx!/xl/sharedStrings.xml")(lambda t: part("xl/sharedStrings.xml", f"<sst><si><t>{t}</t></si></sst>"))
case("book.docx!/word/embeddings/book.xlsx!/xl/worksheets/sheet2.xml")(
    lambda t: zipped(
        {**TYPES, "word/embeddings/book.xlsx": part("xl/worksheets/sheet2.xml", f"<c><is><t>{t}</t></is></c>")}
    )
)
case("a.pptx!/ppt/slides/slide1.xml")(lambda t: part("ppt/slides/slide1.xml", f"<a:p><a:r><a:t>{t}</a:t></a:r></a:p>"))
case("a.odt!/content.xml")(lambda t: part("content.xml", f"<text:p>{t}</text:p>"))
case("split.odt!/content.xml#text")(
    lambda t: part("content.xml", "<text:p>%s<text:span>%s</text:span></text:p>" % halves(t))
)
case("a.epub!/OEBPS/one.xhtml")(lambda t: part("OEBPS/one.xhtml", f"<html><p>{t}</p></html>"))


def stream(number, data, extra="", pack=True):
    data = zlib.compress(data) if pack else data
    kind = "/Filter /FlateDecode " if pack else ""
    head = f"{number} 0 obj\n<< {kind}/Length {len(data)} {extra}>>\nstream\n"
    return head.encode() + data + b"\nendstream\nendobj\n"


def pdf(*objects):
    return b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"".join(objects) + b"trailer\n<< /Root 1 0 R >>\n%%EOF\n"


def kerned(token):
    head, tail = halves(token)
    return f"BT /F1 12 Tf 10 700 Td [(key {head}) -20 ({tail})] TJ ET".encode()


case("kerned.pdf!/object-4#text")(lambda t: pdf(stream(4, kerned(t))))
case("plain.pdf!/object-4#text")(lambda t: pdf(stream(4, kerned(t), pack=False)))
case("info.pdf#strings")(lambda t: pdf(b"2 0 obj\n<< /Title <feff%s> >>\nendobj\n" % t.encode("utf-16-be").hex().encode()))
case("note.pdf#objects")(lambda t: pdf(b"2 0 obj\n<< /Subtype /Text /Contents (%s) >>\nendobj\n" % t.encode()))
case("old.pdf!/object-4#text")(lambda t: pdf(stream(4, kerned(t))) + pdf(stream(4, b"BT (nothing) Tj ET")))
case("meta.pdf!/object-9")(
    lambda t: pdf(stream(9, b"<?xpacket?><x>%s</x>" % t.encode(), "/Type /Metadata "))
)
case("attached.pdf!/notes.yml")(
    lambda t: pdf(
        b"3 0 obj\n<< /Type /Filespec /UF (notes.yml) /EF << /F 8 0 R >> >>\nendobj\n",
        stream(8, config(t), "/Type /EmbeddedFile "),
    )
)


@case("packed.pdf#strings")
def _(token):
    body = b"<< /V (%s) /FT /Tx >> << /A 1 >>" % token.encode()
    first = b"11 0 12 %d " % body.index(b"<< /A")
    return pdf(stream(7, first + body, f"/Type /ObjStm /N 2 /First {len(first)} "))


@case("ascii.pdf!/object-4#text")
def _(token):
    data = base64.a85encode(zlib.compress(kerned(token))) + b"~>"
    head = f"4 0 obj\n<< /Filter [/ASCII85Decode /FlateDecode] /Length {len(data)} >>\nstream\n"
    return pdf(head.encode() + data + b"\nendstream\nendobj\n")


@case("predicted.pdf!/object-4")
def _(token):
    data = config(token).ljust(100)
    rows = [data[at : at + 10] for at in range(0, 100, 10)]
    up = lambda row, above: bytes((a - b) & 255 for a, b in zip(row, above))
    data = b"".join(b"\2" + up(row, above) for row, above in zip(rows, [bytes(10), *rows]))
    return pdf(stream(4, data, "/DecodeParms << /Predictor 12 /Columns 10 >> "))


@case("glyphs.pdf!/object-4#text")
def _(token):
    letters = sorted(set(token))
    codes = {letter: number + 3 for number, letter in enumerate(letters)}
    table = "1 begincodespacerange <0000> <ffff> endcodespacerange\n"
    table += f"{len(letters)} beginbfchar\n"
    table += "".join(f"<{codes[letter]:04x}> <{ord(letter):04x}>\n" for letter in letters) + "endbfchar"
    shown = "".join(f"{codes[letter]:04x}" for letter in token)
    return pdf(
        b"2 0 obj\n<< /Font << /F7 5 0 R >> >>\nendobj\n",
        b"5 0 obj\n<< /Type /Font /Subtype /Type0 /ToUnicode 6 0 R >>\nendobj\n",
        stream(6, table.encode()),
        stream(4, f"BT /F7 12 Tf <{shown}> Tj ET".encode()),
    )


case("a.rtf#text")(lambda t: ("{\\rtf1\\ansi{\\b key %s}{\\i %s}\\par}" % halves(t)).encode())
case("embedded.rtf!/object-1!/app.yml")(
    lambda t: b"{\\rtf1{\\object{\\*\\objdata \n%s}}}" % zipped({"app.yml": config(t)}).hex().encode()
)


def message(body):
    mail = email.message.EmailMessage(policy=email.policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = "a@example.org", "b@example.org", "hello"
    mail["Date"] = "Mon, 06 May 2024 07:08:09 +0200"
    body(mail)
    return mail.as_bytes()


def attach(token):
    def body(mail):
        mail.set_content("see there")
        data = zipped({"app.yml": config(token)})
        mail.add_attachment(data, maintype="application", subtype="zip", filename="conf.zip")

    return body


case("attached.eml!/2/conf.zip!/app.yml")(lambda t: message(attach(t)))
case("quoted.eml!/0/text.txt")(lambda t: message(lambda m: m.set_content("ü " * 40 + "x" * 50 + f" {t}\n", cte="quoted-printable")))


@case("subject.eml!/0/parts#head")
def _(token):
    head, tail = halves(token)
    words = "".join(f" =?utf-8?Q?{part}?=" for part in (head.replace("_", "=5F"), tail.replace("_", "=5F")))
    return (
        f"From: a@example.org\r\nTo: b@example.org\r\nDate: Mon, 6 May 2024 07:08:09 +0200\r\n"
        f"Subject:{words}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--\r\n"
    ).encode()


case("a.mbox!/2.eml!/2/conf.zip!/app.yml")(
    lambda t: b"From a Mon\n" + message(attach("none")) + b"\nFrom b Mon\n" + message(attach(t))
)


def notebook(cell):
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1).encode()


case("source.ipynb!/cells/0/source")(lambda t: notebook({"cell_type": "code", "source": ["a = 1\n", f"k = '{t}'\n"], "outputs": []}))
case("output.ipynb!/cells/0/outputs/0/text")(
    lambda t: notebook({"source": "", "outputs": [{"output_type": "stream", "text": [f"{t}\n"]}]})
)
case("image.ipynb!/cells/0/outputs/0/image/png#text")(
    lambda t: notebook(
        {"source": "", "outputs": [{"data": {"image/png": base64.b64encode(png(t)).decode()}}]}
    )
)
case("bundle.js.map!/src/app.ts")(
    lambda t: json.dumps(
        {"version": 3, "sources": ["src/app.ts"], "sourcesContent": [f'const k =\n  "{t}";\n'], "mappings": ""}
    ).encode()
)
case("a.har!/entries/0/request/head")(
    lambda t: json.dumps(
        {
            "log": {
                "entries": [
                    {
                        "startedDateTime": "2024-05-06T07:08:09Z",
                        "request": {"url": "https://x", "headers": [{"name": "Authorization", "value": f"token {t}"}]},
                        "response": {},
                    }
                ]
            }
        }
    ).encode()
)
