//! The directory of a 7z archive (`DOC/7zFormat.txt` of 7-Zip).
//!
//! Owns which folders of packed data there are, how they are packed and what members are called. Every
//! count is checked against the bytes that are there before memory is taken for it.

use super::slice;

/// What an archive lists.
#[derive(Debug, Default)]
pub(super) struct Archive {
    pub(super) folders: Vec<Folder>,
    pub(super) members: Vec<Member>,
    /// Where the packed data begins behind the head of the file, and its lengths.
    start: u64,
    packed: Vec<u64>,
}

/// Data that was packed as one.
#[derive(Debug, Default)]
pub(super) struct Folder {
    pub(super) coders: Vec<Coder>,
    /// Which input of a decoder takes which output of another.
    pairs: Vec<(u64, u64)>,
    /// Which inputs take packed data.
    inputs: Vec<u64>,
    /// How many bytes come out of each decoder.
    unpacked: Vec<u64>,
    /// How long each member in it is.
    pub(super) sizes: Vec<u64>,
    has_sum: bool,
}

/// What an input of a decoder takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// What comes out of another.
    Coder(usize),
    /// Packed data, by its number in the folder.
    Packed(usize),
}

#[derive(Debug, Default)]
pub(super) struct Coder {
    pub(super) method: Vec<u8>,
    pub(super) properties: Vec<u8>,
    inputs: u64,
    outputs: u64,
}

#[derive(Debug, Default)]
pub(super) struct Member {
    pub(super) name: Vec<u8>,
    pub(super) has_data: bool,
}

/// No folder has more decoders.
const MOST_CODERS: u64 = 32;

impl Folder {
    /// The decoder that the members come out of.
    pub(super) fn last(&self) -> Option<usize> {
        let is_last = |at: &usize| self.pairs.iter().all(|pair| pair.1 as usize != *at);
        (0..self.coders.len()).find(is_last)
    }

    /// What the inputs of a decoder take; `None` when the numbers lead nowhere.
    pub(super) fn sources(&self, coder: usize) -> Option<Vec<Source>> {
        // Outputs are numbered like the decoders: each has one.
        if self.coders.iter().any(|coder| coder.outputs != 1) {
            return None;
        }
        let first: u64 = self.coders[..coder].iter().map(|coder| coder.inputs).sum();
        let inputs = first..first + self.coders[coder].inputs;
        let source = |input: u64| {
            let pair = self.pairs.iter().find(|pair| pair.0 == input);
            let packed = self.inputs.iter().position(|&packed| packed == input);
            let coder = pair.map(|pair| Source::Coder(pair.1 as usize));
            coder.or_else(|| packed.map(Source::Packed))
        };
        inputs.map(source).collect()
    }

    /// How many bytes come out of a decoder.
    pub(super) fn unpacked(&self, coder: usize) -> u64 {
        self.unpacked.get(coder).copied().unwrap_or(0)
    }

    /// How many bytes come out at the end.
    fn size(&self) -> u64 {
        self.last().map_or(0, |last| self.unpacked(last))
    }
}

impl Archive {
    /// Reads a directory.
    pub(super) fn read(head: &[u8]) -> Option<Self> {
        let (mut archive, mut reader) = (Self::default(), Reader(head));
        reader.expect(1)?;
        loop {
            match reader.byte()? {
                0 => return Some(archive),
                // Properties of the archive: kinds and their bytes.
                2 => {
                    while reader.byte()? != 0 {
                        let length = reader.length()?;
                        reader.take(length)?;
                    }
                }
                4 => archive.read_streams(&mut reader)?,
                5 => archive.read_members(&mut reader)?,
                _ => return None,
            }
        }
    }

    /// Reads the directory that says how the directory is packed.
    pub(super) fn read_packed_head(head: &[u8]) -> Option<Self> {
        let (mut archive, mut reader) = (Self::default(), Reader(head));
        reader.expect(0x17)?;
        archive.read_streams(&mut reader)?;
        Some(archive)
    }

    /// The packed data of a folder, as far as it is there.
    pub(super) fn packed<'a>(&self, file: &'a [u8], folder: usize) -> Vec<&'a [u8]> {
        let before = &self.folders[..folder];
        let first: usize = before.iter().map(|one| one.inputs.len()).sum();
        let mut start = self.start.saturating_add(32);
        let mut parts = Vec::new();
        let wanted = first..first + self.folders[folder].inputs.len();
        for (number, &length) in self.packed.iter().enumerate().take(wanted.end) {
            if wanted.contains(&number) {
                let start = usize::try_from(start).unwrap_or(usize::MAX);
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                parts.push(slice(file, start, length));
            }
            start = start.saturating_add(length);
        }
        parts
    }

    fn read_streams(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        loop {
            match reader.byte()? {
                0 => break,
                6 => self.read_packs(reader)?,
                7 => self.read_folders(reader)?,
                8 => self.read_parts(reader)?,
                _ => return None,
            }
        }
        for folder in self.folders.iter_mut().filter(|one| one.sizes.is_empty()) {
            if !self.members.is_empty() || folder.size() > 0 {
                folder.sizes.push(folder.size());
            }
        }
        Some(())
    }

    fn read_packs(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        self.start = reader.number()?;
        let count = reader.count()?;
        loop {
            match reader.byte()? {
                0 => return Some(()),
                9 => self.packed = reader.numbers(count)?,
                10 => drop(reader.sums(count)?),
                _ => return None,
            }
        }
    }

    fn read_folders(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        reader.expect(11)?;
        let count = reader.count()?;
        reader.expect(0)?;
        for _ in 0..count {
            self.folders.push(reader.folder()?);
        }
        reader.expect(12)?;
        for folder in &mut self.folders {
            let outputs = folder.coders.iter().map(|coder| coder.outputs).sum::<u64>();
            folder.unpacked = reader.numbers(outputs as usize)?;
        }
        loop {
            match reader.byte()? {
                0 => return Some(()),
                10 => {
                    let sums = reader.sums(count)?;
                    for (folder, has_sum) in self.folders.iter_mut().zip(sums) {
                        folder.has_sum = has_sum;
                    }
                }
                _ => return None,
            }
        }
    }

    /// Reads how folders are cut into members.
    fn read_parts(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        let mut counts = vec![1; self.folders.len()];
        let mut kind = reader.byte()?;
        if kind == 13 {
            for count in &mut counts {
                *count = reader.number()?;
            }
            kind = reader.byte()?;
        }
        let mut total = 0_u64;
        for (folder, &count) in self.folders.iter_mut().zip(&counts) {
            // Each length but the last of a folder is written, in a byte or more.
            let written = count.saturating_sub(1);
            if written > reader.0.len() as u64 {
                return None;
            }
            let mut left = folder.size();
            for _ in 0..if kind == 9 { written } else { 0 } {
                let size = reader.number()?;
                left = left.saturating_sub(size);
                folder.sizes.push(size);
            }
            if count > 0 {
                folder.sizes.push(left);
            }
            total += if count == 1 && folder.has_sum {
                0
            } else {
                count
            };
        }
        if kind == 9 {
            kind = reader.byte()?;
        }
        while kind != 0 {
            match kind {
                10 => drop(reader.sums(usize::try_from(total).ok()?)?),
                _ => return None,
            }
            kind = reader.byte()?;
        }
        Some(())
    }

    fn read_members(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        let count = reader.count()?;
        let mut names = Vec::new();
        let mut is_empty = vec![false; count];
        loop {
            let kind = reader.byte()?;
            if kind == 0 {
                break;
            }
            let length = reader.length()?;
            let mut field = Reader(reader.take(length)?);
            match kind {
                14 => is_empty = field.bits(count)?,
                17 => {
                    field.byte()?;
                    names = split_names(field.0, count);
                }
                _ => {}
            }
        }
        let names = names.into_iter().chain(std::iter::repeat(b"?".to_vec()));
        let member = |(name, is_empty): (Vec<u8>, bool)| Member {
            name,
            has_data: !is_empty,
        };
        self.members = names.zip(is_empty).map(member).collect();
        Some(())
    }
}

/// Names in UTF-16, each with a zero behind it.
fn split_names(bytes: &[u8], count: usize) -> Vec<Vec<u8>> {
    let (units, _) = bytes.as_chunks();
    let units: Vec<u16> = units.iter().map(|&unit| u16::from_le_bytes(unit)).collect();
    let names = units.split(|&unit| unit == 0).take(count);
    names
        .map(|name| String::from_utf16_lossy(name).into_bytes())
        .collect()
}

/// The bytes of a directory that are not read yet.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    fn expect(&mut self, kind: u8) -> Option<()> {
        (self.byte()? == kind).then_some(())
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number: the leading ones of the first byte tell how many bytes follow.
    fn number(&mut self) -> Option<u64> {
        let first = self.byte()?;
        let more = first.leading_ones() as usize;
        let mut value = 0;
        for place in 0..more {
            value |= u64::from(self.byte()?) << (8 * place);
        }
        if more < 7 {
            let high = u64::from(first) & ((1 << (7 - more)) - 1);
            value |= high << (8 * more);
        }
        Some(value)
    }

    fn length(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    /// A count of things that take a byte or more each, or an eighth of one.
    fn count(&mut self) -> Option<usize> {
        let count = self.length()?;
        (count / 8 <= self.0.len()).then_some(count)
    }

    fn numbers(&mut self, count: usize) -> Option<Vec<u64>> {
        if count > self.0.len() {
            return None;
        }
        (0..count).map(|_| self.number()).collect()
    }

    /// Bits, the first of a byte first.
    fn bits(&mut self, count: usize) -> Option<Vec<bool>> {
        let bytes = self.take(count.div_ceil(8))?;
        let bit = |at: usize| bytes[at / 8] >> (7 - at % 8) & 1 == 1;
        Some((0..count).map(bit).collect())
    }

    /// Checksums, of all or of those that a list of bits names.
    fn sums(&mut self, count: usize) -> Option<Vec<bool>> {
        let defined = match self.byte()? {
            0 => self.bits(count)?,
            _ if count / 4 > self.0.len() => return None,
            _ => vec![true; count],
        };
        let number = defined.iter().filter(|&&one| one).count();
        self.take(number.checked_mul(4)?)?;
        Some(defined)
    }

    fn folder(&mut self) -> Option<Folder> {
        let mut folder = Folder::default();
        let (mut inputs, mut outputs) = (0, 0);
        let count = self.number().filter(|&count| count <= MOST_CODERS)?;
        for _ in 0..count {
            let flags = self.byte()?;
            let mut coder = Coder {
                method: self.take(usize::from(flags & 15))?.to_vec(),
                inputs: 1,
                outputs: 1,
                ..Coder::default()
            };
            if flags & 0x10 != 0 {
                coder.inputs = self.number().filter(|&count| count <= MOST_CODERS)?;
                coder.outputs = self.number().filter(|&count| count <= MOST_CODERS)?;
            }
            if flags & 0x20 != 0 {
                let length = self.length()?;
                coder.properties = self.take(length)?.to_vec();
            }
            inputs += coder.inputs;
            outputs += coder.outputs;
            folder.coders.push(coder);
        }
        let pairs = u64::checked_sub(outputs, 1)?;
        for _ in 0..pairs {
            folder.pairs.push((self.number()?, self.number()?));
        }
        let packed = inputs.checked_sub(pairs)?;
        folder.inputs = if packed == 1 {
            let is_free = |input: &u64| folder.pairs.iter().all(|pair| pair.0 != *input);
            vec![(0..inputs).find(is_free)?]
        } else {
            (0..packed).map(|_| self.number()).collect::<Option<_>>()?
        };
        Some(folder)
    }
}
