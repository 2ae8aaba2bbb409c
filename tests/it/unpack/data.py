"""Databases, pictures, code and other data."""

import importlib.util
import marshal
import pathlib
import sqlite3
import struct
import sys
import zlib

from cases import case, config, png, zipped


def database(token, *after, encoding="UTF-8"):
    path = pathlib.Path(sys.argv[1]) / "scratch.db"
    path.unlink(missing_ok=True)
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA encoding = '{encoding}'")
    db.execute("PRAGMA secure_delete = off")
    db.execute("CREATE TABLE users (name TEXT, note TEXT, data BLOB)")
    others = [(f"user-{n}", "x" * 90, b"") for n in range(150)]
    db.executemany("INSERT INTO users VALUES (?, ?, ?)", others)
    db.execute("INSERT INTO users VALUES ('', ?, ?)", token)
    db.executemany("INSERT INTO users VALUES (?, ?, ?)", others)
    db.commit()
    for statement in after:
        db.execute(statement)
    db.commit()
    db.close()
    data = path.read_bytes()
    path.unlink()
    return data


case("a.sqlite!/users")(lambda t: database((t, b"")))
case("wide.sqlite!/users")(lambda t: database((t, b""), encoding="UTF-16le"))
case("overflow.sqlite!/users")(lambda t: database(("y" * 4055 + " " + t + " " + "z" * 9000, b"")))
case("blob.sqlite!/users!/blob-1!/app.yml")(lambda t: database(("", zipped({"app.yml": config(t)}))))
case("dropped.sqlite#free")(lambda t: database((t, b""), "DROP TABLE users"))
case("deleted.sqlite#pages")(lambda t: database((t, b""), "DELETE FROM users WHERE name = ''"))


case("text.png#text")(png)
case("packed.png#text")(lambda t: png(t, b"zTXt", b"Comment\0\0" + zlib.compress(t.encode())))
case("utf8.png#text")(lambda t: png(t, b"iTXt", b"Comment\0\1\0de\0\0" + zlib.compress(t.encode())))
case("exif.png#text")(lambda t: png(t, b"eXIf", b"II*\0\x08\0\0\0" + bytes(20) + t.encode() + b"\0"))
case("behind.png#rest!/app.yml")(lambda t: png("none") + zipped({"app.yml": config(t)}))


def jpeg(*segments):
    body = b"".join(b"\xff" + kind + struct.pack(">H", len(data) + 2) + data for kind, data in segments)
    return b"\xff\xd8" + body + b"\xff\xda\0\x02\x12\x34\xff\0\xff\xd9"


case("exif.jpg#text")(lambda t: jpeg((b"\xe1", b"Exif\0\0II*\0" + bytes(30) + t.encode() + b"\0")))
case("comment.jpg#text")(lambda t: jpeg((b"\xe0", b"JFIF\0" + bytes(9)), (b"\xfe", t.encode())))
case("a.gif#text")(
    lambda t: b"GIF89a\1\0\1\0\x80\0\0" + bytes(6) + b"\x21\xfe" + bytes([len(t)]) + t.encode() + b"\0\x3b"
)
case("a.webp#text")(
    lambda t: b"RIFF\xff\0\0\0WEBP" + b"XMP " + struct.pack("<I", len(t)) + t.encode() + b"\0" * (len(t) % 2)
)
case("a.mp3#text")(lambda t: b"ID3\x03\0\0\0\0\x10\0COMM" + bytes(9) + t.encode() + b"\0" + bytes(200))


@case("a.pyc#constants")
def _(token):
    # The length of the text before the token is a letter.
    code = compile(f"k = '{token + ' ' * (ord('a') - len(token))}'", "a.py", "exec")
    return importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(code)


@case("A.class#constants")
def _(token):
    text = token.ljust(ord("a")).encode()
    return b"\xca\xfe\xba\xbe\0\0\0\x34" + struct.pack(">H", 3) + b"\1" + struct.pack(">H", len(text)) + text + b"\x08\0\1" + bytes(8)


case("a.exe#strings")(lambda t: b"MZ\x90\0\3\0" + bytes(300) + t.encode("utf-16-le") + bytes(99))
case("a.elf")(lambda t: b"\x7fELF\2\1\1\0" + bytes(60) + t.encode() + bytes(99))
case(".DS_Store#strings")(lambda t: b"\0\0\0\1Bud1\0\0\x10\0" + bytes(99) + t.encode("utf-16-be") + bytes(99))
case(".a.yml.swp")(lambda t: b"b0VIM 9.0" + bytes(90) + t.encode() + bytes(99))
case("a.svg")(lambda t: f'<svg xmlns="x"><text>{t}</text></svg>'.encode())
case(".zsh_history")(lambda t: f": 1715000000:0;curl -H 'x: {t}'\n".encode())
