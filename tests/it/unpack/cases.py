"""What the builders of files share: the list of cases, a text with a token, zip and tar."""

import io
import struct
import tarfile
import zipfile
import zlib

CASES = []


def case(address):
    """Registers a builder: of a token it makes the bytes of a file that holds it at the address."""

    def add(build):
        CASES.append((address, build))
        return build

    return add


def config(token):
    return f"user: deploy\ntoken: {token}\nhost: db.internal\n".encode()


def halves(token):
    return token[:9], token[9:]


def zipped(members, **how):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how.pop("compression", zipfile.ZIP_DEFLATED), **how) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(members, mode="w", **how):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, **how) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(token, kind=b"tEXt", data=None):
    data = b"Comment\0" + token.encode() if data is None else data
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(kind, data) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
