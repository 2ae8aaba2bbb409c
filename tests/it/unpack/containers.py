"""Images of discs, cabinets, RAR, packs of git, and files of records."""

import bz2
import gzip
import hashlib
import json
import lzma
import struct
import zlib

from cases import case, config, tarred, zipped

SECTOR = 2048


def both(number, size="I"):
    return struct.pack("<" + size, number) + struct.pack(">" + size, number)


def record(name, block, size, flags=0, system=b""):
    body = both(block) + both(size) + bytes(7) + bytes([flags, 0, 0]) + both(1, "H") + bytes([len(name)]) + name
    body += bytes(1 - len(name) % 2) + system
    body += bytes(len(body) % 2)
    return bytes([len(body) + 2, 0]) + body


def descriptor(kind, root, escape=b""):
    head = bytes([kind]) + b"CD001\1" + bytes(1) + b"LINUX".ljust(32) + b"DISC".ljust(32) + bytes(8) + both(40)
    head = head + escape.ljust(32, b"\0") + bytes(36)
    return (head.ljust(156, b"\0") + root).ljust(SECTOR, b"\0")


def folder(block, *records, system=b""):
    # The first two entries are the folder itself and the one above.
    itself = record(b"\0", block, SECTOR, 2, system) + record(b"\1", block, SECTOR, 2)
    return (itself + b"".join(records)).ljust(SECTOR, b"\0")


def disc(data, trees, size=None):
    """An image of trees, each a folder with a folder that has the file; they begin at block 20."""
    size = len(data) if size is None else size
    heads, folders = b"", b""
    for number, (kind, escape, inner, name, system, long) in enumerate(trees):
        top, below = 20 + 2 * number, 21 + 2 * number
        file = 20 + 2 * len(trees)
        heads += descriptor(kind, record(b"\0", top, SECTOR, 2), escape)
        folders += folder(top, record(inner, below, SECTOR, 2, long[0]), system=system)
        folders += folder(below, record(name, file, size, 0, long[1]))
    heads = heads + (b"\xff" + b"CD001\1").ljust(SECTOR, b"\0")
    return (bytes(16 * SECTOR) + heads).ljust(20 * SECTOR, b"\0") + folders + data.ljust(SECTOR, b"\0")


PLAIN = (1, b"", b"ETC", b"APP.YML;1", b"", (b"", b""))
JOLIET = (2, b"%/E", "etc".encode("utf-16-be"), "app long name.yml;1".encode("utf-16-be"), b"", (b"", b""))


def long_name(*parts):
    return b"".join(b"NM" + bytes([len(part) + 5, 1, part is not parts[-1]]) + part for part in parts)


ROCK = (1, b"", b"ETC", b"APP.YML;1", b"SP\7\1\xbe\xef\0", (long_name(b"etc"), long_name(b"app lo", b"ng name.yml")))
case("plain.iso!/ETC/APP.YML")(lambda t: disc(config(t), [PLAIN]))
case("joliet.iso!/etc/app long name.yml")(lambda t: disc(config(t), [PLAIN, JOLIET]))
case("rock.iso!/etc/app long name.yml")(lambda t: disc(config(t), [ROCK, JOLIET]))
case("nested.iso!/ETC/APP.YML!/app.yml")(lambda t: disc(zipped({"app.yml": config(t)}), [PLAIN]))
case("label.iso#rest")(lambda t: disc(b"x", [PLAIN]).replace(b"DISC".ljust(32), b"DISC".ljust(32), 1) + t.encode())


def cabinet(method, files, blocks):
    """A cabinet of one folder; blocks are packed bytes and how many they unfold to."""
    name_list, offset = b"", 0
    for name, data in files:
        name_list += struct.pack("<IIHHHH", len(data), offset, 0, 0, 0, 0x20) + name + b"\0"
        offset += len(data)
    first = 36 + 8
    start = first + len(name_list)
    body = b"".join(struct.pack("<IHH", 0, len(packed), size) + packed for packed, size in blocks)
    head = b"MSCF" + struct.pack("<IIIIIBBHHHHH", 0, start + len(body), 0, first, 0, 3, 1, 1, len(files), 0, 7, 0)
    return head + struct.pack("<IHH", start, len(blocks), method) + name_list + body


def mszip(data):
    """Blocks of 32 KiB, each packed with the one before as its window."""
    blocks = []
    for at in range(0, len(data), 32768):
        part = data[at : at + 32768]
        window = data[max(at - 32768, 0) : at]
        packer = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=window) if window else zlib.compressobj(9, zlib.DEFLATED, -15)
        blocks.append((b"CK" + packer.compress(part) + packer.flush(), len(part)))
    return blocks


@case("packed.cab!/dir\\app.yml")
def _(token):
    # The second block repeats the first, so that it is nothing without its window.
    filler = bytes((n * n >> 7) & 255 for n in range(32768))
    files = [(b"filler", filler), (b"again", filler), (b"dir\\app.yml", config(token))]
    return cabinet(1, files, mszip(b"".join(data for _, data in files)))


case("stored.cab!/app.yml")(lambda t: cabinet(0, [(b"app.yml", config(t))], [(config(t), len(config(t)))]))


@case("lzx.cab!/app.yml")
def _(token):
    # A block that LZX leaves as it is: no translation (1 bit), kind 3, its size, three offsets.
    data = config(token)
    bits = "0" + "011" + f"{len(data):024b}"
    bits = bits.ljust(-(-len(bits) // 16) * 16, "0")
    words = b"".join(struct.pack("<H", int(bits[at : at + 16], 2)) for at in range(0, len(bits), 16))
    packed = words + struct.pack("<III", 1, 1, 1) + data + bytes(len(data) % 2)
    return cabinet(3 | 15 << 8, [(b"app.yml", data)], [(packed, len(data))])


def squashfs(data, size=4096):
    """A file system with `etc/app.yml`: whole blocks, and the rest in a fragment."""

    def table(body):
        packed = zlib.compress(body)
        return struct.pack("<H", len(packed)) + packed

    blocks = [zlib.compress(data[at : at + size]) for at in range(0, len(data) - len(data) % size, size)]
    rest = data[len(data) - len(data) % size :]
    start = 96
    at = start + sum(map(len, blocks))
    # An offset within the fragment, which it shares with another file.
    fragment, name = zlib.compress(b"another file" + rest), b"app.yml"
    head = lambda kind, number: struct.pack("<HHHHII", kind, 0o755, 0, 0, 0, number)
    file = head(2, 1) + struct.pack("<IIII", start, 0, 12, len(data))
    file += b"".join(struct.pack("<I", len(block)) for block in blocks)
    listing = lambda offset, kind, name: struct.pack("<III", 0, 0, 1) + struct.pack("<HhHH", offset, 0, kind, len(name) - 1) + name
    below, top = listing(0, 2, name), listing(len(file), 1, b"etc")
    inner = head(1, 2) + struct.pack("<IIHHI", 0, 2, len(below) + 3, 0, 3)
    root = head(1, 3) + struct.pack("<IIHHI", 0, 3, len(top) + 3, len(below), 4)
    inodes, folders = table(file + inner + root), table(below + top)
    entries = table(struct.pack("<QII", at, len(fragment), 0))
    inode_table = at + len(fragment)
    folder_table = inode_table + len(inodes)
    entry_table = folder_table + len(folders)
    fragment_table = entry_table + len(entries)
    tail = struct.pack("<Q", entry_table)
    none = 0xFFFFFFFFFFFFFFFF
    super_block = struct.pack("<4sIIIIHHHHHH", b"hsqs", 3, 0, size, 1, 1, size.bit_length() - 1, 0, 1, 4, 0)
    where = len(file) + len(inner)
    ends = (where, fragment_table + len(tail), none, none, inode_table, folder_table, fragment_table, none)
    super_block += struct.pack("<QQQQQQQQ", *ends)
    return super_block + b"".join(blocks) + fragment + inodes + folders + entries + tail


case("a.squashfs!/etc/app.yml")(lambda t: squashfs(b"x" * 9000 + b"\n" + config(t)))
case("across.squashfs!/etc/app.yml")(lambda t: squashfs(b"x" * 4080 + b"\n" + config(t)))


def number(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def rar5(*members):
    def block(kind, flags, fields, data=b""):
        body = number(kind) + number(flags) + (number(len(data)) if flags & 2 else b"") + fields
        body = number(len(body)) + body
        return struct.pack("<I", zlib.crc32(body)) + body + data

    out = b"Rar!\x1a\7\1\0" + block(1, 0, number(0))
    for name, data in members:
        fields = number(4) + number(len(data)) + number(0) + struct.pack("<I", zlib.crc32(data))
        fields += number(0) + number(1) + number(len(name)) + name
        out += block(2, 2, fields, data)
    return out + block(5, 0, number(0))


def rar4(*members):
    def block(kind, flags, fields, data=b""):
        head = struct.pack("<BHH", kind, flags, 7 + len(fields)) + fields
        return struct.pack("<H", zlib.crc32(head) & 0xFFFF) + head + data

    out = b"Rar!\x1a\7\0" + block(0x73, 0, bytes(6))
    for name, data in members:
        fields = struct.pack("<IIBIIBBHI", len(data), len(data), 3, zlib.crc32(data), 0, 20, 0x30, len(name), 0o100644)
        out += block(0x74, 0x8000, fields + name, data)
    return out + block(0x7B, 0x4000, b"")


case("stored.rar!/dir/app.yml")(lambda t: rar5((b"x", b"nothing"), (b"dir/app.yml", config(t))))
case("old.rar!/app.yml")(lambda t: rar4((b"app.yml", config(t))))
case("nested.rar!/a.zip!/app.yml")(lambda t: rar5((b"a.zip", zipped({"app.yml": config(t)}))))
case("named.rar#directory")(lambda t: rar5((t.encode(), b"nothing")))


def program(archive):
    # A reader of archives has their magic numbers, and is none for that.
    return b"MZ\x90\0\3\0" + bytes(300) + b"Rar!\x1a\7\1\0 7z\xbc\xaf\x27\x1c hsqs MSCF\0\0\0\0" + bytes(99) + archive


case("setup.exe#rest!/app.yml")(lambda t: program(rar4((b"app.yml", config(t)))))
case("sfx.exe#rest!/app.yml")(lambda t: program(rar5((b"app.yml", config(t)))))
case("cab.exe#rest!/app.yml")(
    lambda t: program(cabinet(1, [(b"app.yml", config(t))], mszip(config(t))))
)
case("a.AppImage#rest!/etc/app.yml")(lambda t: b"\x7fELF\2\1\1\0" + bytes(500) + squashfs(b"x" * 9000 + b"\n" + config(t)))


def git_object(kind, body):
    return hashlib.sha1(f"{kind} {len(body)}\0".encode() + body).digest()


def entry(kind, body, base=b""):
    head, rest = kind << 4 | len(body) & 15, len(body) >> 4
    out = bytes([head | (0x80 if rest else 0)])
    return out + (number(rest) if rest else b"") + base + zlib.compress(body)


def leak(token, message="leak\n"):
    """A blob, the tree that names it, and a commit."""
    blob = config(token)
    inner = b"100644 app.yml\0" + git_object("blob", blob)
    tree = b"40000 etc\0" + git_object("tree", inner)
    person = "A <a@example.org> 1700000000 +0000"
    commit = f"tree {git_object('tree', tree).hex()}\nauthor {person}\ncommitter {person}\n\n{message}".encode()
    return [(3, "blob", blob), (2, "tree", inner), (2, "tree", tree), (1, "commit", commit)]


def pack(objects):
    body = b"PACK" + struct.pack(">II", 2, len(objects)) + b"".join(entry(kind, data) for kind, _, data in objects)
    return body + hashlib.sha1(body).digest()


def bundle(token, message="leak\n"):
    objects = leak(token, message)
    head = git_object("commit", objects[-1][2]).hex()
    return f"# v2 git bundle\n{head} refs/heads/main\n\n".encode() + pack(objects)


def with_id(number, build):
    """A file with the address in it, where `ID` stands for the id of an object of the leak."""

    def make(address, token, *more):
        _, kind, body = leak(token, *more)[number]
        return build(token, *more), address.replace("ID", git_object(kind, body).hex())

    return make


in_bundle = with_id(0, lambda t: zipped({"a.bundle": bundle(t)}))
case("history.zip!/a.bundle!/ID/etc/app.yml")(lambda t: in_bundle("history.zip!/a.bundle!/ID/etc/app.yml", t))
FOLDER = "repo/.git/objects/pack/pack-1.pack"
in_pack = with_id(0, lambda t: tarred({"repo/.git/HEAD": b"ref: refs/heads/main\n", FOLDER: pack(leak(t))}, "w:gz"))
case(f"repo.tar.gz!/{FOLDER}!/ID/etc/app.yml")(lambda t: in_pack(f"repo.tar.gz!/{FOLDER}!/ID/etc/app.yml", t))
in_message = with_id(3, lambda t, message: zipped({"a.bundle": bundle(t, message)}))
case("message.zip!/a.bundle!/ID#commit")(
    lambda t: in_message("message.zip!/a.bundle!/ID#commit", "none", f"because of {t}\n")
)


@case("loose.zip!/.git/objects/ab/cd!/object")
def _(token):
    body = config(token)
    return zipped({".git/objects/ab/cd": zlib.compress(f"blob {len(body)}\0".encode() + body)})


def zigzag(value):
    return number(value << 1 if value >= 0 else (-value << 1) - 1)


def text(value):
    value = value if isinstance(value, bytes) else value.encode()
    return zigzag(len(value)) + value


SCHEMA = {
    "type": "record",
    "name": "User",
    "namespace": "org.example",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "key", "type": ["null", "string"]},
        {"name": "tags", "type": {"type": "map", "values": "string"}},
        {"name": "next", "type": ["null", "User"]},
        {"name": "sum", "type": {"type": "fixed", "name": "Sum", "size": 4}},
    ],
}


def avro(codec, pack_block, token, schema=SCHEMA):
    inner = zigzag(7) + zigzag(1) + text(token) + zigzag(0) + zigzag(0) + b"\1\2\3\xff"
    tags = zigzag(1) + text("letter") + text("A" * 70) + zigzag(0)
    row = zigzag(40) + zigzag(1) + text("plain") + tags + zigzag(1) + inner + b"\1\2\3\xff"
    sync, block = bytes(range(16)), row * 2
    meta = {"avro.codec": codec, "avro.schema": json.dumps(schema)}
    head = b"Obj\1" + zigzag(2) + b"".join(text(key) + text(value) for key, value in meta.items()) + zigzag(0) + sync
    packed = pack_block(block)
    return head + zigzag(2) + zigzag(len(packed)) + packed + sync


def deflated(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def literals(data):
    """Snappy's raw form with no copies."""
    out = number(len(data))
    for at in range(0, len(data), 60):
        part = data[at : at + 60]
        out += bytes([len(part) - 1 << 2]) + part
    return out


def zstd(data):
    """A frame of one block that is as it is."""
    size = len(data)
    return b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<I", size) + struct.pack("<I", size << 3 | 1)[:3] + data


def masked_crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def snappy(data):
    chunk = struct.pack("<I", masked_crc32c(data)) + literals(data)
    return b"\xff\6\0\0sNaPpY\0" + struct.pack("<I", len(chunk))[:3] + chunk


case("app.yml.sz!/app.yml")(lambda t: snappy(config(t)))
case("null.avro!/User")(lambda t: avro("null", bytes, t))
case("deflate.avro!/User")(lambda t: avro("deflate", deflated, t))
case("bzip2.avro!/User")(lambda t: avro("bzip2", bz2.compress, t))
case("xz.avro!/User")(lambda t: avro("xz", lzma.compress, t))
case("zstd.avro!/User")(lambda t: avro("zstandard", zstd, t))
case("snappy.avro!/User")(lambda t: avro("snappy", lambda data: literals(data) + struct.pack(">I", zlib.crc32(data)), t))
case("lost.avro#strings")(lambda t: avro("null", lambda data: data[:-1] + b"\0 " + t.encode(), "none", schema="long"))


def compact(*fields):
    """A record of Thrift's compact protocol; a field is its number, its type and its bytes."""
    out, last = b"", 0
    for field, kind, value in fields:
        out += bytes([field - last << 4 | kind]) + value
        last = field
    return out + b"\0"


def items(kind, values):
    return bytes([len(values) << 4 | kind]) + b"".join(values)


def page(kind, data, pack_page, *more):
    packed = pack_page(data)
    head = compact((1, 5, zigzag(kind)), (2, 5, zigzag(len(data))), (3, 5, zigzag(len(packed))), *more)
    return head + packed


def parquet(codec, pack_page, token, second=False):
    """One column of texts: a dictionary and a page of values."""
    word = lambda value: struct.pack("<I", len(value)) + value.encode()
    dictionary = page(2, word("z" * 75) + word(token) + word("y" * 80), pack_page)
    values = word("a" * 66) + word("b" * 70)
    if second:
        # Levels stand in front as they are.
        levels = (8, 12, compact((1, 5, zigzag(2)), (5, 5, zigzag(2)), (6, 5, zigzag(0)), (7, 1, b"")))
        packed = pack_page(word(token))
        sizes = (2, 5, zigzag(len(word(token)) + 2)), (3, 5, zigzag(len(packed) + 2))
        pages = compact((1, 5, zigzag(3)), *sizes, levels) + b"\3\4" + packed
        dictionary = page(2, word("none"), pack_page)
    else:
        pages = page(0, struct.pack("<I", 2) + b"\4\1" + values, pack_page)
    names = [number(len(part)) + part.encode() for part in ("list", "key")]
    start, size = 4, len(dictionary + pages)
    meta = compact(
        (1, 5, zigzag(6)),
        (2, 9, items(5, [zigzag(0)])),
        (3, 9, items(8, names)),
        (4, 5, zigzag(codec)),
        (5, 6, zigzag(2)),
        (6, 6, zigzag(size)),
        (7, 6, zigzag(size)),
        (9, 6, zigzag(start + len(dictionary))),
        (11, 6, zigzag(start)),
    )
    group = compact((1, 9, items(12, [compact((2, 6, zigzag(0)), (3, 12, meta))])), (2, 6, zigzag(size)), (3, 6, zigzag(2)))
    foot = compact((1, 5, zigzag(2)), (3, 6, zigzag(2)), (4, 9, items(12, [group])))
    return b"PAR1" + dictionary + pages + foot + struct.pack("<I", len(foot)) + b"PAR1"


def lz4(data):
    """A block of literals alone."""
    size, out = len(data), b""
    head = bytes([min(size, 15) << 4])
    size -= 15
    while size >= 0:
        out += bytes([min(size, 255)])
        size -= 255
    return head + out + data


case("plain.parquet!/list.key")(lambda t: parquet(0, bytes, t))
case("snappy.parquet!/list.key")(lambda t: parquet(1, literals, t))
case("gzip.parquet!/list.key")(lambda t: parquet(2, gzip.compress, t))
case("zstd.parquet!/list.key")(lambda t: parquet(6, zstd, t))
case("lz4.parquet!/list.key")(lambda t: parquet(7, lz4, t))
case("second.parquet!/list.key")(lambda t: parquet(2, gzip.compress, t, second=True))
