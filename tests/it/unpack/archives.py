"""Archives, packages and streams."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib

from cases import case, config, tarred, zipped

for kind in ["zip", "jar", "war", "apk", "whl", "nupkg", "vsix", "xpi"]:
    case(f"a.{kind}!/dir/app.yml")(lambda t: zipped({"x.txt": "x", "dir/app.yml": config(t)}))
case("stored.zip!/app.yml")(lambda t: zipped({"app.yml": config(t)}, compression=zipfile.ZIP_STORED))
case("bz2.zip!/app.yml")(lambda t: zipped({"app.yml": config(t)}, compression=zipfile.ZIP_BZIP2))
case("lzma.zip!/app.yml")(lambda t: zipped({"app.yml": config(t)}, compression=zipfile.ZIP_LZMA))
case("in/nested.zip!/b.zip!/c.tar.gz!/app.yml")(
    lambda t: zipped({"b.zip": zipped({"c.tar.gz": tarred({"app.yml": config(t)}, "w:gz")})})
)
case("program.sh!/app.yml")(lambda t: b"#!/bin/sh\n\x01\x02\0exit\n" + zipped({"app.yml": config(t)}))


@case("comment.zip#directory")
def _(token):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a", "a")
        archive.comment = token.encode()
    return out.getvalue()


@case("hidden.zip!/hidden.yml")
def _(token):
    # A member that the directory does not list, in front of all that it does.
    hidden = zipped({"hidden.yml": config(token)})
    return hidden[: hidden.index(b"PK\x01\x02")] + zipped({"shown": b"nothing"})


@case("cut.zip!/first.yml")
def _(token):
    return zipped({"first.yml": config(token), "second": bytes(range(256)) * 50})[:-300]


case("a.tar!/app.yml")(lambda t: tarred({"x": b"x", "app.yml": config(t)}))
case("pax.tar!/" + "long/" * 60 + "app.yml")(
    lambda t: tarred({"long/" * 60 + "app.yml": config(t)}, format=tarfile.PAX_FORMAT)
)
case("gnu.tar!/" + "long/" * 60 + "app.yml")(
    lambda t: tarred({"long/" * 60 + "app.yml": config(t)}, format=tarfile.GNU_FORMAT)
)
case("a.tgz!/app.yml")(lambda t: tarred({"app.yml": config(t)}, "w:gz"))
case("a.tar.bz2!/app.yml")(lambda t: tarred({"app.yml": config(t)}, "w:bz2"))
case("a.tar.xz!/app.yml")(lambda t: tarred({"app.yml": config(t)}, "w:xz"))
@case("link.tar#heads")
def _(token):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("link")
        info.type, info.linkname = tarfile.SYMTYPE, f"/{token}/x"
        archive.addfile(info)
    return out.getvalue()


case("up.tar!/../../etc/app.yml")(lambda t: tarred({"../../etc/app.yml": config(t)}))
case("root.tar!//etc/app.yml")(lambda t: tarred({"/etc/app.yml": config(t)}))
case("app.yml.gz!/app.yml")(lambda t: gzip.compress(config(t)))
case("twice.gz!/twice")(lambda t: gzip.compress(b"first\n") + gzip.compress(config(t)))
case("app.yml.bz2!/app.yml")(lambda t: bz2.compress(config(t)))
case("app.yml.xz!/app.yml")(lambda t: lzma.compress(config(t)))
case("app.yml.lzma!/app.yml")(lambda t: lzma.compress(config(t), lzma.FORMAT_ALONE))
case("filtered.xz!/filtered")(
    lambda t: lzma.compress(
        config(t),
        filters=[{"id": lzma.FILTER_DELTA, "dist": 4}, {"id": lzma.FILTER_LZMA2, "preset": 1}],
    )
)
case("loose!/data")(lambda t: zlib.compress(config(t)))


@case("damaged.tar!/second.yml")
def _(token):
    archive = bytearray(tarred({"first": b"first", "second.yml": config(token)}))
    archive[5] ^= 0xFF
    archive[150] ^= 0x01
    return bytes(archive)


def ar(members):
    out = b"!<arch>\n"
    for name, data in members.items():
        out += f"{name:16}0           0     0     100644  {len(data):<10}`\n".encode() + data
        out += b"\n" * (len(data) % 2)
    return out


def cpio(members):
    out = b""
    for name, data in [*members.items(), ("TRAILER!!!", b"")]:
        fields = [0, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
        out += b"070701" + b"".join(b"%08x" % field for field in fields)
        out += name.encode() + b"\0"
        out += b"\0" * (-len(out) % 4) + data
        out += b"\0" * (-len(out) % 4)
    return out


def rpm(payload):
    head = b"\x8e\xad\xe8\x01" + bytes(4) + struct.pack(">II", 0, 0)
    return b"\xed\xab\xee\xdb".ljust(96, b"\0") + head + head + payload


case("a.deb!/data.tar.xz!/etc/app.yml")(
    lambda t: ar({"debian-binary": b"2.0\n", "data.tar.xz": tarred({"etc/app.yml": config(t)}, "w:xz")})
)
case("a.cpio!/etc/app.yml")(lambda t: cpio({"etc/app.yml": config(t)}))
case("a.rpm!/payload!/etc/app.yml")(lambda t: rpm(gzip.compress(cpio({"etc/app.yml": config(t)}))))

def zstd(data):
    # One block that is stored as it is.
    size = len(data)
    return b"\x28\xb5\x2f\xfd\x20" + bytes([size]) + struct.pack("<I", size << 3 | 1)[:3] + data


def lz4(data):
    head = b"\x04\x22\x4d\x18\x60\x40\x82"
    return head + struct.pack("<I", len(data) | 1 << 31) + data + bytes(4)


def lzip(data):
    return b"LZIP\1\x17" + lzma.compress(data, lzma.FORMAT_ALONE)[13:] + bytes(20)


case("app.yml.zst!/app.yml")(lambda t: zstd(config(t)))
case("app.yml.lz4!/app.yml")(lambda t: lz4(config(t)))
case("app.yml.lz!/app.yml")(lambda t: lzip(config(t)))


def number(value):
    """A number as 7z writes it: here always with eight bytes."""
    return b"\xff" + struct.pack("<Q", value) if value > 127 else bytes([value])


def folder(coders, sizes):
    chain = b"".join(bytes([len(i) | 0x20]) + i + bytes([len(p)]) + p for i, p in coders)
    pairs = b"".join(bytes([at + 1, at]) for at in range(len(coders) - 1))
    return b"\x07\x0b\1\0" + bytes([len(coders)]) + chain + pairs + b"\x0c" + b"".join(map(number, sizes)) + b"\0"


def sevenzip(members, coders, pack, pack_head=False):
    whole = b"".join(members.values())
    packed = pack(whole)
    names = b"".join(name.encode("utf-16-le") + b"\0\0" for name in members)
    parts = b"\x08\x0d" + number(len(members)) + b"\x09"
    parts += b"".join(number(len(data)) for data in list(members.values())[:-1]) + b"\0"
    packs = b"\x06\0\1\x09" + number(len(packed)) + b"\0"
    head = b"\1\4" + packs + folder(coders, [len(whole)] * len(coders)) + parts + b"\0"
    head += b"\5" + number(len(members)) + b"\x11" + number(len(names) + 1) + b"\0" + names + b"\0\0"
    body = packed
    if pack_head:
        inner = lzma.compress(head, lzma.FORMAT_RAW, filters=LZMA1)
        packs = b"\x06" + number(len(body)) + b"\1\x09" + number(len(inner)) + b"\0"
        body += inner
        head = b"\x17" + packs + folder([(b"\3\1\1", b"\x5d\0\0\1\0")], [len(head)]) + b"\0"
    start = struct.pack("<QQI", len(body), len(head), zlib.crc32(head))
    return b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(start)) + start + body + head


LZMA1 = [{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16}]
LZMA2 = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 16}]
TWO = {"first": b"first", "dir/app.yml": b""}

case("copy.7z!/dir/app.yml")(lambda t: sevenzip(TWO | {"dir/app.yml": config(t)}, [(b"\0", b"")], bytes))
case("lzma2.7z!/dir/app.yml")(
    lambda t: sevenzip(
        TWO | {"dir/app.yml": config(t)},
        [(b"\x21", b"\x08")],
        lambda data: lzma.compress(data, lzma.FORMAT_RAW, filters=LZMA2),
    )
)
case("solid.7z!/dir/app.yml")(
    lambda t: sevenzip(
        TWO | {"dir/app.yml": config(t)},
        [(b"\x21", b"\x08"), (b"\3", b"\1")],
        lambda data: lzma.compress(
            data, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_DELTA, "dist": 2}, *LZMA2]
        ),
        pack_head=True,
    )
)
