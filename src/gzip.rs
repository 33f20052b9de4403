//! Content that may be gzipped.

use flate2::bufread::GzDecoder;
use std::io::{Error, ErrorKind, Read};

/// The content of gzipped `bytes`: one member or several, then any number of zeros, which tapes and
/// file systems add and which gzip ignores. Other bytes are returned unchanged.
///
/// # Errors
/// A member is broken, or something other than a member or zeros follows.
pub(crate) fn uncompressed(bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
    const MAGIC: [u8; 2] = [0x1f, 0x8b];
    if !bytes.starts_with(&MAGIC) {
        return Ok(bytes);
    }
    let mut plain = Vec::new();
    let mut rest = bytes.as_slice();
    while rest.iter().any(|&byte| byte != 0) {
        if !rest.starts_with(&MAGIC) {
            return Err(Error::new(ErrorKind::InvalidData, "other bytes follow the end"));
        }
        GzDecoder::new(&mut rest).read_to_end(&mut plain)?;
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::uncompressed;
    use std::io::Write;

    fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn zeros_may_follow_and_nothing_else() {
        let (one, two) = (gzipped(b"one "), gzipped(b"two"));
        let read = |parts: &[&[u8]]| uncompressed(parts.concat());
        assert_eq!(read(&[b"plain", &[0; 9]]).unwrap(), b"plain\0\0\0\0\0\0\0\0\0");
        assert_eq!(read(&[&one]).unwrap(), b"one ");
        for zeros in [1, 2, 511, 100_000] {
            assert_eq!(read(&[&one, &vec![0; zeros]]).unwrap(), b"one ");
            assert_eq!(read(&[&one, &two, &vec![0; zeros]]).unwrap(), b"one two");
        }
        for wrong in [&b"x"[..], b"\0x", b"\x1f", b"\x1f\x8b", b"\0\0\x1f\x8b"] {
            assert!(read(&[&one, wrong]).is_err(), "{wrong:?}");
        }
        // Zeros between members: gzip itself reads no second member there.
        assert!(read(&[&one, &[0; 4], &two]).is_err());
        assert!(read(&[&one[..one.len() - 1]]).is_err());
        // The last eight bytes are the checksum and the length.
        assert!(read(&[&one[..one.len() - 8], &[0; 9]]).is_err(), "the checksum is wrong");
    }
}
