//! A file that differs in any byte is refused with an error of one line.

use super::{Checkpoint, NO_DIGEST, Stamp, digest_place};
use crate::hex::hex;
use crate::run::{Tensor, TensorSpec};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

fn tensors() -> Vec<Tensor> {
    vec![
        Tensor::new("recurrent", &[2, 2], &[0.0f32, 0.5, 0.5, 0.0]),
        Tensor::new("state", &[3, 2], &[1.0f32, 2.0, 3.0, 4.0, 5.0, -0.0]),
        Tensor::new("bias", &[2], &[0.25f32, -0.25]),
        Tensor::new("mask", &[2, 2], &[0.0f32, 1.0, 1.0, 0.0]),
        Tensor::new("resume/count", &[1], &[u64::MAX]),
        Tensor::new("resume/return", &[], &[0.1f64]),
    ]
}

fn checkpoint() -> Checkpoint {
    let note = BTreeMap::from([("note".to_owned(), "\"sha256\":\"x\" \n é".to_owned())]);
    Checkpoint::new(7, tensors(), note).unwrap()
}

fn stamp() -> Stamp {
    Stamp { config_sha256: "c0ffee".to_owned(), metrics_bytes: 123, metrics_sha256: "facade".to_owned() }
}

fn decode(file: &[u8], expected: &[TensorSpec]) -> Result<(Checkpoint, Stamp), String> {
    Checkpoint::decode(file, Path::new("run/c.safetensors"), expected).map_err(|error| {
        assert!(error.is_bad_input());
        let text = error.to_string();
        assert!(text.starts_with("run/c.safetensors: ") && !text.contains('\n'), "{text}");
        text
    })
}

/// Applies `change` to the file and updates its digest.
fn forge(change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut file = checkpoint().encode(&stamp());
    change(&mut file);
    let at = digest_place(&file).unwrap();
    file[at..at + 64].copy_from_slice(NO_DIGEST.as_bytes());
    let digest = hex(&Sha256::digest(&file));
    file[at..at + 64].copy_from_slice(digest.as_bytes());
    file
}

/// Replaces the first `from` by `to` of the same length.
fn swap(file: &mut [u8], from: &[u8], to: &[u8]) {
    assert_eq!(from.len(), to.len());
    let at = file.windows(from.len()).position(|window| window == from).unwrap();
    file[at..at + to.len()].copy_from_slice(to);
}

#[test]
fn everything_comes_back() {
    let expected: Vec<_> = tensors().iter().map(|tensor| tensor.spec().clone()).collect();
    let (read, found) = decode(&checkpoint().encode(&stamp()), &expected).unwrap();
    assert_eq!((read.step(), read.metadata(), found), (7, checkpoint().metadata(), stamp()));
    assert_eq!(read, checkpoint());
    for tensor in tensors() {
        assert_eq!(read.tensor(tensor.name()).unwrap(), &tensor);
    }
    let error = read.tensor("resume/momentum").unwrap_err();
    assert!(error.to_string().contains("`resume/momentum`"), "{error}");
}

#[test]
fn any_changed_byte_and_any_cut_is_refused() {
    let file = checkpoint().encode(&stamp());
    for at in 0..file.len() {
        for flip in [0x01, 0x20, 0x80] {
            let mut changed = file.clone();
            changed[at] ^= flip;
            assert!(decode(&changed, &[]).is_err(), "byte {at} of {}, flipped {flip:#x}", file.len());
        }
        assert!(decode(&file[..at], &[]).is_err(), "cut to {at} of {}", file.len());
    }
    let longer = [file.as_slice(), b"\0"].concat();
    assert!(decode(&longer, &[]).is_err());
}

#[test]
fn a_changed_value_is_named_as_a_change() {
    let mut file = checkpoint().encode(&stamp());
    *file.last_mut().unwrap() ^= 1;
    assert!(decode(&file, &[]).unwrap_err().contains("it was changed after it was written"));
    let mut file = checkpoint().encode(&stamp());
    file.truncate(file.len() - 1);
    assert!(decode(&file, &[]).unwrap_err().contains("truncated"));
}

#[test]
fn another_shape_or_type_is_refused_with_both() {
    let file = checkpoint().encode(&stamp());
    let error = decode(&file, &[TensorSpec::new::<f32>("state", &[4, 2])]).unwrap_err();
    assert!(error.contains("another shape: `state` is F32 [3, 2], but"), "{error}");
    assert!(error.contains("F32 [4, 2]; ") && error.contains("another folder"), "{error}");
    let error = decode(&file, &[TensorSpec::new::<f32>("resume/count", &[1])]).unwrap_err();
    assert!(error.contains("U64 [1], but the configuration asks for F32 [1]"), "{error}");
    let error = decode(&file, &[TensorSpec::new::<f32>("resume/critic", &[1])]).unwrap_err();
    assert!(error.contains("`resume/critic` is missing"), "{error}");
}

#[test]
fn a_forged_file_with_a_digest_that_fits_is_judged_by_its_content() {
    let float = |value: f32| value.to_le_bytes();
    let cases = [
        (forge(|file| swap(file, &float(3.0), &float(f32::NAN))), "state[1,0] is NaN"),
        (forge(|file| swap(file, &float(-0.25), &float(f32::NEG_INFINITY))), "bias[1] is -inf"),
        (
            forge(|file| swap(file, &0.1f64.to_le_bytes(), &f64::INFINITY.to_le_bytes())),
            "resume/return[] is inf",
        ),
        // The mask comes after the bias: files sort tensors by type, then by name.
        (forge(|file| swap(file, &float(1.0), &float(2.0))), "mask[0,1] is 2, expected 0 or 1"),
        (forge(|file| swap(file, b"\"bias\"", b"\"bios\"")), "`bias` is missing"),
        (forge(|file| swap(file, b"[3,2]", b"[2,3]")), "state has shape [2, 3] for 2 units"),
        (forge(|file| swap(file, b"\"F32\"", b"\"I32\"")), "has type I32, which a checkpoint never contains"),
        (forge(|file| swap(file, b"checkpoint/1", b"checkpoint/2")), "`svpg-checkpoint/2`, expected `svpg-"),
        (forge(|file| swap(file, b"\"step\":\"7\"", b"\"step\":\"x\"")), "`step` is `x`, expected a number"),
        (forge(|file| swap(file, b"\"metrics_bytes\"", b"\"metrics-bytes\"")), "`metrics_bytes` is ``"),
    ];
    for (file, said) in cases {
        let error = decode(&file, &[]).unwrap_err();
        assert!(error.contains(said), "{error}");
    }
    assert!(decode(&forge(|_| ()), &[]).is_ok(), "forging itself breaks nothing");
}

#[test]
fn a_diverged_training_is_not_written() {
    let mut tensors = tensors();
    tensors[2] = Tensor::new("bias", &[2], &[0.0f32, f32::NAN]);
    let error = Checkpoint::new(7, tensors, BTreeMap::new()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "step 7: the training has diverged: bias[1] is NaN; start a new run in another folder, for instance with a lower learning rate"
    );
    assert!(error.is_divergence() && !error.is_bad_input());
}

#[test]
#[should_panic(expected = "tensor `bias` occurs twice")]
fn names_are_given_once() {
    let twice = [tensors(), vec![Tensor::new("bias", &[2], &[0.0f32; 2])]].concat();
    let _ = Checkpoint::new(0, twice, BTreeMap::new());
}

#[test]
#[should_panic(expected = "`step` belong to the format")]
fn the_formats_own_metadata_are_not_the_callers() {
    let _ = Checkpoint::new(0, tensors(), BTreeMap::from([("step".to_owned(), "1".to_owned())]));
}
