"""Builds files that are made to harm a reader, each with one token in a healthy part.

usage: hostile.py FOLDER TOKEN...   (one token a case; `hostile.py --names` lists the cases)
"""

import bz2
import gzip
import io
import lzma
import pathlib
import struct
import sys
import tarfile
import zipfile
import zlib

CASES = {}


def case(build):
    CASES[build.__name__.replace("_", "-")] = build
    return build


def zipped(members, compression=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def local(name, data, method=0, packed=None, size=None, flags=0):
    packed = len(data) if packed is None else packed
    size = len(data) if size is None else size
    head = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, flags, method, 0, 0, zlib.crc32(data), packed, size, len(name), 0)
    return head + name + data


def central(name, data, offset, method=0, packed=None, size=None, flags=0):
    packed = len(data) if packed is None else packed
    size = len(data) if size is None else size
    head = (b"PK\1\2", 20, 20, flags, method, 0, 0, zlib.crc32(data), packed, size, len(name), 0, 0, 0, 0, 0, offset)
    return struct.pack("<4sHHHHHHIIIHHHHHII", *head) + name


def end(count, size, offset):
    return struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, size, offset, 0)


@case
def bomb_zip(token):
    # Fifty bytes that unfold to twenty million.
    return zipped({"bomb": b"\0" * 20_000_000, "token": token}, zipfile.ZIP_BZIP2)


@case
def nested_zip(token):
    inner = b"deep"
    for _ in range(30):
        inner = zipped({"inner.zip": inner}, zipfile.ZIP_STORED)
    return zipped({"inner.zip": inner, "token": token})


@case
def self_zip(token):
    """A member whose bytes are the rest of the file, its own directory with them."""
    first, second = b"self.zip", b"token"
    body = local(second, token.encode())
    head = local(first, b"", packed=1_000_000)
    directory = central(first, b"", 0, packed=1_000_000) + central(second, token.encode(), len(head))
    return head + body + directory + end(2, len(directory), len(head + body))


UNIT = 5


def literal(size):
    """The head of a block of `size` bytes that are as they are."""
    return b"\0" + struct.pack("<HH", size, size ^ 0xFFFF)


class Bits:
    def __init__(self):
        self.bits = []

    def add(self, value, count):
        self.bits += [value >> bit & 1 for bit in range(count)]

    def code(self, value, count):
        self.bits += [value >> bit & 1 for bit in reversed(range(count))]

    def match(self, length, distance):
        """A copy of up to 66 or of 258 bytes, in the fixed code."""
        bases = [(257 + n, 3 + n, 0) for n in range(8)]
        bases += [(265 + n, 11 + 2 * n, 1) for n in range(4)] + [(269 + n, 19 + 4 * n, 2) for n in range(4)]
        bases += [(273 + n, 35 + 8 * n, 3) for n in range(4)] + [(285, 258, 0)]
        symbol, base, extra = next(one for one in reversed(bases) if one[1] <= length)
        assert length - base < 1 << extra
        if symbol < 280:
            self.code(symbol - 256, 7)
        else:
            self.code(symbol - 280 + 0xC0, 8)
        self.add(length - base, extra)
        extra = max((distance - 1).bit_length() - 2, 0)
        half = (distance - 1) >> extra & 1
        self.code(2 * extra + 2 + half, 5)
        self.add((distance - 1) & ((1 << extra) - 1), extra)

    def bytes(self):
        assert len(self.bits) == UNIT * 8, len(self.bits)
        return bytes(sum(bit << n for n, bit in enumerate(self.bits[at : at + 8])) for at in range(0, len(self.bits), 8))


def repeat(size):
    """A block of five bytes that repeats the last `size` bytes."""
    out = Bits()
    out.add(2, 3)
    for length in {20: [10, 10], 65: [65], 258: [258]}[size]:
        out.match(length, size)
    out.code(0, 7)
    if size != 20:
        # An empty block makes it as long as the others.
        out.add(2, 3)
        out.code(0, 7)
    return out.bytes()


def reproduce(prefix, suffix):
    """Deflate that unfolds to the prefix, itself and the suffix (Russ Cox, "Zip files all the way down").

    The suffix begins with the block that ends the stream.
    """
    p, s = len(prefix) + UNIT, len(suffix) + UNIT
    none, one, four = literal(0), literal(UNIT), literal(4 * UNIT)
    lp, rp, ls, rs, r4 = literal(p), repeat(p), literal(s), repeat(s), repeat(4 * UNIT)
    stream = lp + prefix + lp + rp + one + rp + one + one + four + rp + one + one + four + r4
    stream += four + r4 + four + r4 + four + r4 + four + r4 + none + none + ls + r4
    return stream + none + none + ls + rs + suffix + rs


@case
def quine_zip(token):
    """An archive whose one member is the archive, checksum and all."""
    name, last = b"self-reproducing-archive-1.zip", b"\1\0\0\xff\xff"
    comment = token.encode().ljust(253 - len(last) - 76 - 22)

    def build(crc, packed, size):
        sums = struct.pack("<III", crc, packed, size)
        head = struct.pack("<4sHHHHH", b"PK\3\4", 20, 0, 8, 0, 0) + sums + struct.pack("<HH", len(name), 0) + name
        entry = struct.pack("<4sHHHHHH", b"PK\1\2", 20, 20, 0, 8, 0, 0) + sums
        entry += struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, 0) + name
        at = len(head) + packed
        foot = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1, 1, len(entry), at, len(comment)) + comment
        suffix = last + entry + foot
        stream = reproduce(head, suffix)
        return head + stream + suffix, len(stream) + len(last)

    whole, packed = build(0, 0, 0)
    size = len(whole)
    # The checksum stands in what it is of; each of its bits turns over the same bits of the sum.
    zero = zlib.crc32(build(0, packed, size)[0])
    rows = [zlib.crc32(build(1 << bit, packed, size)[0]) ^ zero ^ 1 << bit for bit in range(32)]
    crc = solve(rows, zero)
    whole = build(crc, packed, size)[0]
    assert zlib.crc32(whole) == crc
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.read(archive.namelist()[0]) == whole
    return whole


def solve(rows, target):
    """The set of rows whose sum without carry is the target."""
    basis = {}
    for bit, row in enumerate(rows):
        mask = 1 << bit
        while row and row.bit_length() in basis:
            other, of = basis[row.bit_length()]
            row, mask = row ^ other, mask ^ of
        if row:
            basis[row.bit_length()] = row, mask
    found = 0
    while target:
        row, mask = basis[target.bit_length()]
        target, found = target ^ row, found ^ mask
    return found


@case
def nul_zip(token):
    """Names that end early, hold a line or an escape, or are none at all."""
    body, directory = b"", b""
    for name, data in ((b"a\0b.env", token.encode()), (b"", b"no name"), (b"\x1b[2J\n../x", b"lines")):
        directory += central(name, data, len(body))
        body += local(name, data)
    return body + directory + end(3, len(directory), len(body))


@case
def nul_tar(token):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("short")
        info.pax_headers = {"path": "long\0name\x1b[2J\n../x.env"}
        info.size = len(token)
        archive.addfile(info, io.BytesIO(token.encode()))
    return out.getvalue()


@case
def huge_gz(token):
    """Its foot says four gigabytes."""
    return gzip.compress(token.encode())[:-4] + b"\xf0\xff\xff\xff"


def pack_of(*entries):
    import hashlib

    body = b"PACK" + struct.pack(">II", 2, len(entries)) + b"".join(entries)
    return body + hashlib.sha1(body).digest()


def blob(data, kind=3, size=None, base=b""):
    size = len(data) if size is None else size
    head, size = [kind << 4 | size & 15], size >> 4
    while size:
        head[-1] |= 0x80
        head.append(size & 0x7F)
        size >>= 7
    return bytes(head) + base + zlib.compress(data)


@case
def huge_pack(token):
    """An object that says it has four gigabytes."""
    return pack_of(blob(token.encode()), blob(b"small", size=0xFFFF_FFF0))


@case
def bomb_pack(token):
    """A thousand deltas that each make 16 MB of the same few bytes."""
    import hashlib

    base = token.encode().ljust(65536)
    first = blob(base)
    sized = lambda size: bytes([size & 0x7F | 0x80, size >> 7 & 0x7F | 0x80, size >> 14 & 0x7F | 0x80, size >> 21])
    delta = sized(len(base)) + sized(256 * 65536) + b"\x80" * 256
    name = hashlib.sha1(b"blob 65536\0" + base).digest()
    # Each has another byte at its end, so that no two are the same.
    deltas = [delta[4:] for _ in range(1000)]
    deltas = [sized(len(base)) + sized(256 * 65536 + 2) + d[4:] + bytes([2, n >> 8, n & 255]) for n, d in enumerate(deltas)]
    return pack_of(first, *(blob(one, 7, base=name) for one in deltas))


@case
def partial_bundle(token):
    """A bundle with an object that is written upon one of another repository."""
    body = pack_of(blob(token.encode()), blob(b"\4\4\x90\4", 7, base=b"\1" * 20))
    return b"# v2 git bundle\n-%s\n%s refs/heads/main\n\n" % (b"2" * 40, b"3" * 40) + body


@case
def loop_iso(token):
    """Folders that are in themselves, and a file that is most of the image."""
    both = lambda number: struct.pack("<I", number) + struct.pack(">I", number)

    def record(name, block, size, flags):
        body = both(block) + both(size) + bytes(7) + bytes([flags, 0, 0, 1, 0, 0, 1, len(name)]) + name
        body += bytes(len(body) % 2)
        return bytes([len(body) + 2, 0]) + body

    root = record(b"\0", 18, 2048, 2)
    head = (b"\1CD001\1".ljust(156, b"\0") + root).ljust(2048, b"\0") + b"\xffCD001\1".ljust(2048, b"\0")
    entries = record(b"UP", 18, 1 << 31, 2) + record(b"FILE;1", 19, len(token), 0) + record(b"ALL;1", 16, 0xFFFF_FFF0, 0)
    entries += b"".join(record(b"F%d" % n, 17 + n % 3, 1 << 31, 2) for n in range(50))
    return bytes(16 * 2048) + head + entries.ljust(2048, b"\0") + token.encode().ljust(2048, b"\0")


@case
def endless_avro(token):
    """A list of values that have no bytes."""
    text = lambda data: bytes([len(data) << 1 & 0x7F | 0x80, len(data) >> 6]) + data
    schema = b'{"type": "record", "name": "R", "fields": [{"name": "a", "type": "string"},'
    schema += b' {"name": "b", "type": {"type": "array", "items": "null"}}]}'
    head = b"Obj\1\4" + text(b"avro.codec") + text(b"null") + text(b"avro.schema") + text(schema) + b"\0" + bytes(16)
    block = text(token.encode()) + b"\xfe\xff\xff\xff\xff\xff\xff\xff\x7f\0"
    return head + b"\2" + text(block) + bytes(16)


@case
def cut_cab(token):
    """A folder of two blocks, the second of which is damaged."""
    data = token.encode().ljust(1000, b".")
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = b"CK" + packer.compress(data) + packer.flush()
    names = struct.pack("<IIHHHH", 1000, 0, 0, 0, 0, 32) + b"token\0"
    names += struct.pack("<IIHHHH", 0xFFFF_FFF0, 1000, 0, 0, 0, 32) + b"huge\0"
    start = 44 + len(names)
    head = b"MSCF" + struct.pack("<IIIIIBBHHHHH", 0, 0, 0, 44, 0, 3, 1, 1, 2, 0, 7, 0) + struct.pack("<IHH", start, 2, 1)
    blocks = struct.pack("<IHH", 0, len(packed), 1000) + packed + struct.pack("<IHH", 0, 4, 9) + b"CK\xff\xff"
    return head + names + blocks


@case
def overlap_zip(token):
    """Ten thousand members that are the same bytes."""
    data = b"x" * 1_000_000
    body = local(b"token", token.encode()) + local(b"same", data)
    at = len(local(b"token", token.encode()))
    directory = central(b"token", token.encode(), 0)
    directory += b"".join(central(b"same", data, at) for _ in range(10_000))
    return body + directory + end(10_001, len(directory), len(body))


@case
def huge_zip(token):
    """A member that says it has four gigabytes."""
    data = zlib.compress(token.encode())[2:-4]
    size = 0xFFFF_FFF0
    body = local(b"token", data, 8, size=size)
    directory = central(b"token", data, 0, 8, size=size)
    return body + directory + end(1, len(directory), len(body))


@case
def encrypted_zip(token):
    """Two members are marked as encrypted, and one is not."""
    plain = bytearray(zipped({"token": token, "locked": "locked"}, zipfile.ZIP_STORED))
    for magic, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        plain[plain.rindex(magic) + place] |= 1
        plain[plain.index(magic) + place] |= 1
    at = plain.index(b"locked", plain.index(b"locked") + 1)
    plain[at : at + 6] = b"!?&%$#"
    return bytes(plain)


@case
def headless_zip(token):
    """No directory at all."""
    whole = zipped({"a": "a" * 1000, "token": token, "b": "b" * 1000})
    return whole[: whole.index(b"PK\1\2")]


@case
def misled_zip(token):
    """A directory whose offsets lead nowhere."""
    whole = bytearray(zipped({"token": token}))
    at = whole.rindex(b"PK\5\6")
    whole[at + 12 : at + 20] = b"\xf0\xff\xff\x7f" * 2
    return bytes(whole)


@case
def method_zip(token):
    """A member packed in a way that nobody knows."""
    body = local(b"odd", b"abc", 77) + local(b"token", token.encode())
    at = len(local(b"odd", b"abc", 77))
    directory = central(b"odd", b"abc", 0, 77) + central(b"token", token.encode(), at)
    return body + directory + end(2, len(directory), len(body))


@case
def cut_gz(token):
    import random

    noise = random.Random(1).randbytes(50_000)
    return gzip.compress(token.encode() + b"\n" + noise)[:-9_000]


@case
def crc_gz(token):
    data = bytearray(gzip.compress(token.encode()))
    data[-6] ^= 0xFF
    return bytes(data)


@case
def trailed_gz(token):
    return gzip.compress(b"first") + b"\x07\x00\xff" + token.encode()


@case
def bomb_bz2(token):
    return bz2.compress(token.encode() + b"\n" + b"\0" * 20_000_000)


@case
def dictionary_xz(token):
    """A block that asks for a dictionary of four gigabytes."""
    data = bytearray(lzma.compress(token.encode(), check=lzma.CHECK_NONE))
    data[16] = 40
    data[20:24] = struct.pack("<I", zlib.crc32(data[12:20]))
    return bytes(data)


@case
def cut_xz(token):
    import random

    noise = random.Random(1).randbytes(3_000_000)
    return lzma.compress(token.encode() + b"\n" + noise)[:-9_000]


@case
def links_tar(token):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for kind, name in [(tarfile.SYMTYPE, "/etc/passwd"), (tarfile.LNKTYPE, "../../up"), (tarfile.CHRTYPE, "null")]:
            info = tarfile.TarInfo(name)
            info.type = kind
            info.linkname = "../../../../etc/shadow"
            archive.addfile(info)
        info = tarfile.TarInfo("../token")
        info.size = len(token)
        archive.addfile(info, io.BytesIO(token.encode()))
    return out.getvalue()


@case
def huge_tar(token):
    """The last member says it has eight gigabytes."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in (("token", token.encode()), ("huge", b"abc")):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    whole = bytearray(out.getvalue()[:2560])
    head = whole[1024:1536]
    head[124:136] = b"77777777777\0"
    head[148:156] = b"        "
    head[148:156] = b"%06o\0 " % sum(head)
    whole[1024:1536] = head
    return bytes(whole)


@case
def locked_pdf(token):
    """The word stands there, and nothing is encrypted."""
    packed = zlib.compress(b"BT (%s) Tj ET" % token.encode())
    body = b"%%PDF-1.4\n4 0 obj\n<< /Filter /FlateDecode >>\nstream\n%s\nendstream\n" % packed
    return body + b"trailer\n<< /Encrypt 5 0 R >>\n%%EOF\n"


@case
def cut_pdf(token):
    packed = zlib.compress(b"BT (%s) Tj ET\n" % token.encode() + bytes(range(256)) * 400, 0)
    return b"%PDF-1.4\n4 0 obj\n<< /Filter /FlateDecode /Length 99999999999 >>\nstream\n" + packed[:-500]


@case
def bomb_pdf(token):
    packed = zlib.compress(zlib.compress(b"\0" * 100_000_000))
    head = b"<< /Filter [/FlateDecode /FlateDecode] /Length %d >>" % len(packed)
    return b"%%PDF-1.4\n%% %s\n4 0 obj\n%s\nstream\n%s\nendstream\n" % (token.encode(), head, packed)


@case
def deep_pdf(token):
    nest = b"<<" * 100_000 + b"[" * 100_000
    return b"%%PDF-1.4\n1 0 obj\n%s\n2 0 obj\n<< /A (%s) >>\nendobj\n" % (nest, token.encode())


@case
def loop_sqlite(token):
    """Pages that name each other as children, overflow pages that follow themselves."""
    size = 512
    head = b"SQLite format 3\0" + struct.pack(">HBBBBBBIIII", size, 1, 1, 0, 64, 32, 32, 0, 4, 0, 0)
    head = head.ljust(56, b"\0") + struct.pack(">I", 1)
    interior = b"\x05" + struct.pack(">HHHBI", 0, 1, 400, 0, 1) + struct.pack(">H", 400)
    first = (head.ljust(100, b"\0") + interior).ljust(400, b"\0") + struct.pack(">I", 1) + b"\1"
    cell = b"\x87\x68\1\2\x8f\x5d" + token.encode().ljust(60) + b"x" * 320
    second = b"\x0d" + struct.pack(">HHHB", 0, 1, 20, 0) + struct.pack(">H", 20)
    second = (second.ljust(20, b"\0") + cell)[: size - 4] + struct.pack(">I", 2)
    return first.ljust(size, b"\0") + second.ljust(size, b"\0")


@case
def slow_pdf(token):
    """Objects, strings, words and lists that each lead to the end of the file."""
    body = b"1 0 obj << /A (" * 100_000 + b"/Font << " * 100_000 + b"stream\n" * 200_000
    return b"%%PDF-1.4\n%% %s\n" % token.encode() + body


@case
def zigzag_pdf(token):
    """A stream of objects whose list goes back and forth."""
    first = b"1 0 1 900000 " * 40_000
    head = b"<< /Type /ObjStm /N 80000 /First %d /Filter /FlateDecode >>" % len(first)
    packed = zlib.compress(first + b"x" * 1_000_000)
    return b"%%PDF-1.4\n%% %s\n4 0 obj\n%s\nstream\n%s\nendstream\n" % (token.encode(), head, packed)


@case
def ranges_pdf(token):
    """A table of a font that says the same of all characters again and again."""
    table = zlib.compress(b"beginbfrange " + b"<0000> <ffff> <0041> " * 100_000 + b"endbfrange")
    font = b"2 0 obj\n<< /Type /Font /ToUnicode 4 0 R >>\nendobj\n"
    head = b"4 0 obj\n<< /Filter /FlateDecode >>\nstream\n"
    return b"%%PDF-1.4\n%% %s\n" % token.encode() + font + head + table + b"\nendstream\n"


@case
def slow_zip(token):
    """A hundred thousand heads of members within each other, and none in the directory."""
    return local(b"token", token.encode()) + local(b"x", b"", packed=1 << 31, flags=1)[:30] * 100_000


@case
def slow_sqlite(token):
    """Pages of cells that are all the same record, of nearly the whole page."""
    size = 65_536
    head = b"SQLite format 3\0" + struct.pack(">HBBBBBBIIII", 1, 1, 1, 0, 64, 32, 32, 0, 60, 0, 0)
    head = (head.ljust(56, b"\0") + struct.pack(">I", 1)).ljust(100, b"\0")
    cells = 10_000
    page = b"\x0d" + struct.pack(">HHHB", 0, cells, 0, 0) + struct.pack(">H", 30_000) * cells
    record = b"\x82\x85\x00\1\2\x84\x8a\x00" + b" " + token.encode() + b" "
    page = (page.ljust(30_000, b"\0") + record).ljust(size, b"y")
    return (head + page[: size - 100]) + page * 59


@case
def cut_png(token):
    text = b"Comment\0" + token.encode()
    chunk = struct.pack(">I", len(text)) + b"tEXt" + text + bytes(4)
    return b"\x89PNG\r\n\x1a\n" + chunk + b"\xff\xff\xff\xffIDATabc"


@case
def bomb_ipynb(token):
    return (b'{"nbformat": 4, "cells": [{"source": "%s"}], "x": ' % token.encode()) + b"[" * 100_000


def main():
    if sys.argv[1:] == ["--names"]:
        print("\n".join(CASES))
        return
    folder = pathlib.Path(sys.argv[1])
    for (name, build), token in zip(CASES.items(), sys.argv[2:], strict=True):
        (folder / name).write_bytes(build(token))


main()
