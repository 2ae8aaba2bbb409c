//! The plot of reliability: how many of the values with a probability are true.
//!
//! Owns the picture, drawn by hand: axes in tenths, a diagonal where both agree, a dot for each tenth,
//! larger where there are more values.

const SIZE: usize = 480;
const MARGIN: usize = 48;
const TENTHS: usize = 10;

/// Digits of 3 by 5 dots, a row a number of three bits.
const DIGITS: [[u8; 5]; 10] = [
    [7, 5, 5, 5, 7],
    [2, 6, 2, 2, 7],
    [7, 1, 7, 4, 7],
    [7, 1, 7, 1, 7],
    [5, 5, 7, 1, 1],
    [7, 4, 7, 1, 7],
    [7, 4, 7, 5, 7],
    [7, 1, 1, 1, 1],
    [7, 5, 7, 5, 7],
    [7, 5, 7, 1, 7],
];

struct Picture(Vec<u8>);

impl Picture {
    fn dot(&mut self, x: usize, y: usize, shade: u8) {
        if x < SIZE && y < SIZE {
            self.0[y * SIZE + x] = shade;
        }
    }

    fn disc(&mut self, x: usize, y: usize, radius: usize) {
        for dy in 0..=2 * radius {
            for dx in 0..=2 * radius {
                let (a, b) = (dx.abs_diff(radius), dy.abs_diff(radius));
                if a * a + b * b <= radius * radius {
                    self.dot(
                        (x + dx).saturating_sub(radius),
                        (y + dy).saturating_sub(radius),
                        0x20,
                    );
                }
            }
        }
    }

    /// Writes a number, three dots wide for each.
    fn number(&mut self, number: usize, x: usize, y: usize) {
        const SCALE: usize = 3;
        for (at, digit) in number.to_string().bytes().enumerate() {
            for (row, bits) in DIGITS[usize::from(digit - b'0')].iter().enumerate() {
                for column in (0..3).filter(|column| bits & (4 >> column) != 0) {
                    for dy in 0..SCALE {
                        for dx in 0..SCALE {
                            let (left, top) = ((at * 4 + column) * SCALE, row * SCALE);
                            self.dot(x + left + dx, y + top + dy, 0x40);
                        }
                    }
                }
            }
        }
    }
}

/// Draws the plot for values with a probability, whether each is true, and how much it counts; a PNG.
///
/// # Errors
/// The picture cannot be packed.
pub(crate) fn reliability(
    points: impl Iterator<Item = (f64, bool, f64)>,
) -> Result<Vec<u8>, png::EncodingError> {
    let mut all = [(0.0, 0.0, 0.0); TENTHS];
    for (probability, is_true, weight) in points {
        let tenth = ((probability * TENTHS as f64) as usize).min(TENTHS - 1);
        all[tenth].0 += weight * probability;
        all[tenth].1 += weight * f64::from(u8::from(is_true));
        all[tenth].2 += weight;
    }
    let mut picture = Picture(vec![0xff; SIZE * SIZE]);
    let inner = SIZE - 2 * MARGIN;
    for step in 0..=TENTHS {
        let at = step * inner / TENTHS;
        for along in 0..=inner {
            let shade = if step == 0 { 0x40 } else { 0xe0 };
            picture.dot(MARGIN + along, SIZE - MARGIN - at, shade);
            picture.dot(MARGIN + at, SIZE - MARGIN - along, shade);
        }
        if step % 2 == 0 {
            let percent = step * 100 / TENTHS;
            picture.number(percent, MARGIN + at - 10, SIZE - MARGIN + 10);
            picture.number(percent, 4, SIZE - MARGIN - at - 7);
        }
    }
    for along in 0..=inner {
        picture.dot(MARGIN + along, SIZE - MARGIN - along, 0x90);
    }
    for (probability, truth, weight) in all.into_iter().filter(|tenth| tenth.2 > 0.0) {
        let place = |share: f64| (share / weight * inner as f64) as usize;
        let radius = 3 + (weight.sqrt() / 4.0) as usize;
        picture.disc(
            MARGIN + place(probability),
            SIZE - MARGIN - place(truth),
            radius,
        );
    }
    pack(&picture.0)
}

fn pack(picture: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let mut packed = Vec::new();
    let mut encoder = png::Encoder::new(&mut packed, SIZE as u32, SIZE as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(picture)?;
    writer.finish()?;
    Ok(packed)
}
