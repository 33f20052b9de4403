//! Pictures made of pixels, as PNG.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::html::escape;

/// Pixels, row by row, three bytes each: red, green, blue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pixels {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) rgb: Vec<u8>,
}

impl Pixels {
    pub(super) fn new(width: usize, height: usize, colour: [u8; 3]) -> Self {
        Self { width, height, rgb: colour.repeat(width * height) }
    }

    pub(super) fn set(&mut self, x: usize, y: usize, colour: [u8; 3]) {
        let at = 3 * (y * self.width + x);
        self.rgb[at..at + 3].copy_from_slice(&colour);
    }

    /// The file. The same pixels give the same bytes.
    ///
    /// # Panics
    /// If the number of bytes does not fit the size.
    pub(super) fn png(&self) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.width as u32, self.height as u32);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        let mut writer = encoder.write_header().expect("memory can be written");
        writer.write_image_data(&self.rgb).expect("the size is that of the pixels");
        writer.finish().expect("memory can be written");
        file
    }

    /// An image element that contains the file.
    pub(super) fn html(&self, alt: &str) -> String {
        let Self { width, height, .. } = self;
        format!(
            "<img class=\"pixels\" width=\"{width}\" height=\"{height}\" alt=\"{}\" src=\"data:image/png;base64,{}\">",
            escape(alt),
            STANDARD.encode(self.png())
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Pixels;

    #[test]
    fn a_file_has_its_pixels() {
        let mut pixels = Pixels::new(3, 2, [255, 255, 255]);
        pixels.set(2, 1, [1, 2, 3]);
        let file = pixels.png();
        let mut reader = png::Decoder::new(std::io::Cursor::new(&file)).read_info().unwrap();
        let mut read = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut read).unwrap();
        assert_eq!(read, pixels.rgb);
        assert_eq!(read[15..], [1, 2, 3]);
        assert!(pixels.html("\"x").contains("alt=\"&quot;x\""));
    }
}
