//! Scalars for TensorBoard: an event file is a sequence of TFRecords, each with a protocol buffer
//! `Event`.
//!
//! Formats: TensorFlow's `record_writer` (length, masked CRC-32C of it, content, masked CRC-32C of
//! that; little-endian), `event.proto` and `summary.proto`. This module writes only the version,
//! scalars and the mark of a new start.

use super::files::AppendFile;
use super::name;
use crate::Error;
use crc::{CRC_32_ISCSI, Crc};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

const CRC_32C: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

/// The event file of one start of a run.
#[derive(Debug)]
pub(super) struct Events {
    file: AppendFile,
}

impl Events {
    /// Creates the next event file of `folder`. TensorBoard reads event files in the order of their
    /// names, and discards data of earlier files from `step` on.
    pub(super) fn begin(folder: &Path, step: u64) -> Result<Self, Error> {
        let number = next_number(folder)?;
        let path = folder.join(format!("{}{number:06}.svpg", name::EVENTS));
        let mut file = AppendFile::open(path, 0)?;
        let now = now();
        let mut head = record(&event(now, 0, Content::Version));
        head.extend(record(&event(now, step, Content::Start)));
        file.append(&head)?;
        Ok(Self { file })
    }

    /// Appends a scalar.
    pub(super) fn scalar(&mut self, tag: &str, step: u64, value: f32) -> Result<(), Error> {
        self.file.append(&record(&event(now(), step, Content::Scalar { tag, value })))
    }
}

/// One more than the largest number of the event files in `folder`.
fn next_number(folder: &Path) -> Result<u64, Error> {
    let read = || -> std::io::Result<u64> {
        let mut next = 0;
        for entry in std::fs::read_dir(folder)? {
            let file = entry?.file_name();
            let number = file
                .to_str()
                .and_then(|file| file.strip_prefix(name::EVENTS)?.strip_suffix(".svpg")?.parse::<u64>().ok());
            next = next.max(number.map_or(0, |number| number.saturating_add(1)));
        }
        Ok(next)
    };
    read().map_err(|error| Error::bad_input(folder.display(), error, "make the folder readable"))
}

/// Seconds since 1970; TensorBoard shows them next to a value.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// The content of an event.
enum Content<'a> {
    Version,
    /// A training has started or resumed.
    Start,
    Scalar {
        tag: &'a str,
        value: f32,
    },
}

fn event(wall_time: f64, step: u64, content: Content<'_>) -> Vec<u8> {
    let mut event = Vec::new();
    fixed(&mut event, 1, wall_time.to_le_bytes());
    integer(&mut event, 2, step);
    match content {
        Content::Version => bytes(&mut event, 3, b"brain.Event:2"),
        Content::Start => {
            let mut log = Vec::new();
            integer(&mut log, 1, 1);
            bytes(&mut event, 7, &log);
        }
        Content::Scalar { tag, value: scalar } => {
            let mut value = Vec::new();
            bytes(&mut value, 1, tag.as_bytes());
            fixed(&mut value, 2, scalar.to_le_bytes());
            let mut summary = Vec::new();
            bytes(&mut summary, 1, &value);
            bytes(&mut event, 5, &summary);
        }
    }
    event
}

/// A field of a fixed number of bytes: 8 (wire type 1) or 4 (wire type 5).
fn fixed<const N: usize>(message: &mut Vec<u8>, field: u64, value: [u8; N]) {
    varint(message, field << 3 | if N == 8 { 1 } else { 5 });
    message.extend(value);
}

/// A field of an integer (wire type 0).
fn integer(message: &mut Vec<u8>, field: u64, value: u64) {
    varint(message, field << 3);
    varint(message, value);
}

/// A field of text or of a message (wire type 2).
fn bytes(message: &mut Vec<u8>, field: u64, value: &[u8]) {
    varint(message, field << 3 | 2);
    varint(message, value.len() as u64);
    message.extend(value);
}

/// Seven bits per byte, the lowest first. The top bit is set if more bytes follow.
fn varint(message: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        message.push(value as u8 | 0x80);
        value >>= 7;
    }
    message.push(value as u8);
}

/// Frames the content of a record.
fn record(content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u64).to_le_bytes();
    [&length[..], &masked_crc(&length).to_le_bytes(), content, &masked_crc(content).to_le_bytes()].concat()
}

/// A checksum of data that contain checksums is weak. Therefore the format rotates it and adds a
/// constant.
fn masked_crc(data: &[u8]) -> u32 {
    CRC_32C.checksum(data).rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
pub(super) mod tests {
    use super::{CRC_32C, Events, varint};
    use std::path::{Path, PathBuf};

    /// Splits a file into the contents of its complete records and the rest that a crash can leave.
    /// The checksum is computed bit by bit, without the crate under test.
    fn records(mut file: &[u8]) -> (Vec<Vec<u8>>, &[u8]) {
        let check = |data: &[u8], stored: &[u8]| {
            let mut crc = !0u32;
            for byte in data {
                crc ^= u32::from(*byte);
                for _ in 0..8 {
                    crc = if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 };
                }
            }
            let crc = !crc;
            let masked = crc.rotate_right(15).wrapping_add(0xa282_ead8);
            assert_eq!(stored, masked.to_le_bytes());
        };
        let mut contents = Vec::new();
        while let Some(length) = file.get(..8) {
            let end = 16 + u64::from_le_bytes(length.try_into().unwrap()) as usize;
            let Some(record) = file.get(..end) else { break };
            check(length, &record[8..12]);
            check(&record[12..end - 4], &record[end - 4..]);
            contents.push(record[12..end - 4].to_vec());
            file = &file[end..];
        }
        (contents, file)
    }

    /// A field of a message: its number, and an integer or bytes.
    #[derive(Debug, PartialEq)]
    enum Field {
        Integer(u64, u64),
        Bytes(u64, Vec<u8>),
    }

    fn fields(mut message: &[u8]) -> Vec<Field> {
        let next = |message: &mut &[u8]| {
            let mut value = 0;
            for shift in (0..).step_by(7) {
                let byte = message[0];
                *message = &message[1..];
                value |= u64::from(byte & 0x7f) << shift;
                if byte < 0x80 {
                    return value;
                }
            }
            unreachable!()
        };
        let mut fields = Vec::new();
        while !message.is_empty() {
            let key = next(&mut message);
            let length = match key & 7 {
                0 => {
                    let value = next(&mut message);
                    fields.push(Field::Integer(key >> 3, value));
                    continue;
                }
                1 => 8,
                2 => next(&mut message) as usize,
                5 => 4,
                wire => panic!("wire type {wire}"),
            };
            let (bytes, rest) = message.split_at(length);
            fields.push(Field::Bytes(key >> 3, bytes.to_vec()));
            message = rest;
        }
        fields
    }

    /// An event without its wall time. The wall time is a double close to `now`.
    fn untimed(event: &[u8]) -> Vec<Field> {
        let mut fields = fields(event);
        let Field::Bytes(1, time) = fields.remove(0) else { panic!("an event begins with its time") };
        let seconds = f64::from_le_bytes(time.try_into().unwrap());
        assert!((super::now() - seconds).abs() < 600.0, "{seconds}");
        fields
    }

    /// The events of a file without an incomplete record.
    fn events(path: &Path) -> Vec<Vec<Field>> {
        let file = std::fs::read(path).unwrap();
        let (events, rest) = records(&file);
        assert!(rest.is_empty());
        events.iter().map(|event| untimed(event)).collect()
    }

    /// The steps of the scalars that TensorBoard shows after it has read `files` in this order.
    pub(in crate::run) fn shown(files: &[PathBuf]) -> Vec<u64> {
        let mut steps = Vec::new();
        let read = |file: &PathBuf| records(&std::fs::read(file).unwrap()).0;
        for event in files.iter().flat_map(read) {
            match untimed(&event).as_slice() {
                [Field::Integer(2, step), Field::Bytes(7, _)] => steps.retain(|earlier| earlier < step),
                [Field::Integer(2, step), Field::Bytes(5, _)] => steps.push(*step),
                _ => {}
            }
        }
        steps
    }

    #[test]
    fn a_file_decodes_to_what_was_logged() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Events::begin(folder.path(), 0).unwrap();
        log.scalar("train/accuracy", 300, 0.1).unwrap();
        log.scalar("ä", u64::from(u32::MAX), f32::NAN).unwrap();
        let scalar = |tag: &str, value: f32| {
            let value = [&[0x0a, tag.len() as u8], tag.as_bytes(), &[0x15], &value.to_le_bytes()].concat();
            Field::Bytes(5, [&[0x0a, value.len() as u8], value.as_slice()].concat())
        };
        assert_eq!(
            events(&folder.path().join("events.out.tfevents.000000.svpg")),
            [
                vec![Field::Integer(2, 0), Field::Bytes(3, b"brain.Event:2".to_vec())],
                vec![Field::Integer(2, 0), Field::Bytes(7, vec![8, 1])],
                vec![Field::Integer(2, 300), scalar("train/accuracy", 0.1)],
                vec![Field::Integer(2, u64::from(u32::MAX)), scalar("ä", f32::NAN)],
            ]
        );
    }

    #[test]
    fn every_start_has_a_file_that_sorts_after_the_earlier_ones() {
        let folder = tempfile::tempdir().unwrap();
        for step in [0, 7, 7] {
            Events::begin(folder.path(), step).unwrap();
        }
        std::fs::write(folder.path().join("events.out.tfevents.x.svpg"), "").unwrap();
        std::fs::write(folder.path().join("events.out.tfevents.000041.svpg"), "").unwrap();
        Events::begin(folder.path(), 9).unwrap();
        let last = events(&folder.path().join("events.out.tfevents.000042.svpg"));
        assert_eq!(last[1], [Field::Integer(2, 9), Field::Bytes(7, vec![8, 1])]);
        let third = events(&folder.path().join("events.out.tfevents.000002.svpg"));
        assert_eq!(third[1][0], Field::Integer(2, 7));
    }

    #[test]
    fn varints_and_checksums_are_the_published_ones() {
        // The protocol buffer documentation's example, and the largest value.
        for (value, encoded) in [(150, vec![0x96, 0x01]), (127, vec![0x7f]), (128, vec![0x80, 0x01])] {
            let mut bytes = Vec::new();
            varint(&mut bytes, value);
            assert_eq!(bytes, encoded);
        }
        // RFC 3720, B.4: 32 bytes of zeros.
        assert_eq!(CRC_32C.checksum(&[0; 32]), 0x8a91_36aa);
    }
}
