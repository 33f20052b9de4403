//! The certificate of a finished run: a few hashes that anyone can compare or recompute.

use super::Checkpoint;
use super::files::damaged;
use crate::Error;
use crate::hex::hex;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::{Deserialize as DeriveDeserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::fmt;

/// Name of the format.
const SCHEMA: &str = "svpg-certificate/1";
/// Members of a metrics line that depend only on the duration of the run, not on its results.
pub const TIME_FIELDS: [&str; 1] = ["seconds"];

/// The content of `certificate.json`. The same version, configuration and seed give the same
/// certificate on every machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, DeriveDeserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    schema: String,
    /// Version of svpg.
    pub version: String,
    /// Name of the preset that the configuration started from.
    pub preset: String,
    /// SHA-256 of `config.toml`.
    pub config_sha256: String,
    /// Seed.
    pub seed: u64,
    /// Number of finished steps.
    pub steps: u64,
    /// [`parameters_sha256`] of the last step.
    pub parameters_sha256: String,
    /// The kept step, if the run has a selection.
    pub best: Option<CertifiedBest>,
    /// [`metrics_sha256`] of `metrics.jsonl`.
    pub metrics_sha256: String,
}

/// The step that a selection kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, DeriveDeserialize)]
#[serde(deny_unknown_fields)]
pub struct CertifiedBest {
    /// Number of the step.
    pub step: u64,
    /// [`parameters_sha256`] of this step.
    pub parameters_sha256: String,
}

impl Certificate {
    /// The certificate of a run with this configuration that ended with `last`, kept `best`, and
    /// wrote `metrics`.
    ///
    /// # Errors
    /// Bad input: `metrics` are not lines of JSON objects.
    pub fn new(
        preset: &str,
        config: &str,
        seed: u64,
        last: &Checkpoint,
        best: Option<&Checkpoint>,
        metrics: &[u8],
    ) -> Result<Self, Error> {
        Ok(Self {
            schema: SCHEMA.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            preset: preset.to_owned(),
            config_sha256: hex(&Sha256::digest(config)),
            seed,
            steps: last.step(),
            parameters_sha256: parameters_sha256(last),
            best: best
                .map(|best| CertifiedBest { step: best.step(), parameters_sha256: parameters_sha256(best) }),
            metrics_sha256: metrics_sha256(metrics)?,
        })
    }

    /// The certificate as JSON text, with a line break at the end.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a certificate has text keys alone") + "\n"
    }

    /// Reads a certificate.
    ///
    /// # Errors
    /// Bad input: the text is not a certificate of this schema.
    pub fn from_json(text: &[u8]) -> Result<Self, Error> {
        let remedy = "give the certificate.json that this version of svpg wrote";
        let read: Self =
            serde_json::from_slice(text).map_err(|error| Error::bad_input("certificate", error, remedy))?;
        if read.schema != SCHEMA {
            let what = format_args!("found schema `{}`, expected `{SCHEMA}`", read.schema);
            return Err(Error::bad_input("certificate", what, remedy));
        }
        Ok(read)
    }
}

/// SHA-256 of the parameters: the `f32` of `recurrent`, `state`, `bias` and `mask`, in this order,
/// each row-major and little-endian, with nothing in between. Of a conventional network: the `u64`
/// of `size` and the `f32` of its layers, by name. In lower-case hexadecimal.
pub fn parameters_sha256(checkpoint: &Checkpoint) -> String {
    let mut hasher = Sha256::new();
    for tensor in checkpoint.public() {
        hasher.update(tensor.bytes());
    }
    hex(&hasher.finalize())
}

/// SHA-256 of metrics without their times, in lower-case hexadecimal. Of every line, it covers the
/// members except [`TIME_FIELDS`], without white space between members, in their order and with
/// their values unchanged, followed by `\n`.
///
/// # Errors
/// Bad input: a line is not a JSON object, or the last line has no line break.
pub fn metrics_sha256(metrics: &[u8]) -> Result<String, Error> {
    let mut hasher = Sha256::new();
    for (number, line) in metrics.split_inclusive(|&byte| byte == b'\n').enumerate() {
        let refuse = |what: &dyn fmt::Display| damaged(format_args!("metrics line {}", number + 1), what);
        if !line.ends_with(b"\n") {
            return Err(refuse(&"the line is incomplete"));
        }
        let members: Members<'_> = serde_json::from_slice(line).map_err(|error| refuse(&error))?;
        let kept: Vec<String> = members
            .0
            .iter()
            .filter(|(key, _)| !TIME_FIELDS.contains(&key.as_str()))
            .map(|(key, value)| format!("{}:{value}", serde_json::Value::from(key.as_str())))
            .collect();
        hasher.update(format!("{{{}}}\n", kept.join(",")));
    }
    Ok(hex(&hasher.finalize()))
}

/// The members of an object in their order, with their values as written.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::{Certificate, metrics_sha256, parameters_sha256};
    use crate::hex::hex;
    use crate::run::{Checkpoint, Tensor};
    use sha2::{Digest, Sha256};
    use std::collections::BTreeMap;

    fn sha256(bytes: impl AsRef<[u8]>) -> String {
        hex(&Sha256::digest(bytes))
    }

    fn checkpoint(step: u64) -> Checkpoint {
        let tensors = vec![
            Tensor::new("mask", &[2, 2], &[0.0f32, 1.0, 1.0, 0.0]),
            Tensor::new("resume/other", &[1], &[9u64]),
            Tensor::new("bias", &[2], &[7.0f32, 8.0]),
            Tensor::new("state", &[1, 2], &[5.0f32, -0.0]),
            Tensor::new("recurrent", &[2, 2], &[1.0f32, 2.0, 3.0, 4.0]),
        ];
        Checkpoint::new(step, tensors, BTreeMap::new()).unwrap()
    }

    #[test]
    fn parameters_are_hashed_in_the_stated_order() {
        let values = [1.0f32, 2.0, 3.0, 4.0, 5.0, -0.0, 7.0, 8.0, 0.0, 1.0, 1.0, 0.0];
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        assert_eq!(parameters_sha256(&checkpoint(3)), sha256(bytes));
    }

    #[test]
    fn metrics_are_hashed_without_the_time_and_letter_by_letter() {
        let metrics = b"{\"step\":1,\"seconds\":0.5,\"train_accuracy\":1e-7}\n { \"b\" : [1, 2] , \"a\":1.50 }\n{\"seconds\":1}\n";
        let kept = "{\"step\":1,\"train_accuracy\":1e-7}\n{\"b\":[1, 2],\"a\":1.50}\n{}\n";
        assert_eq!(metrics_sha256(metrics).unwrap(), sha256(kept));
        // A nested member and a member with a similar name are not times.
        let other = "{\"a\":{\"seconds\":1},\"seconds_\":2}\n";
        assert_eq!(metrics_sha256(other.as_bytes()).unwrap(), sha256(other));
        assert_eq!(metrics_sha256(b"").unwrap(), sha256(""));
    }

    #[test]
    fn metrics_that_are_none_are_refused_by_their_line() {
        for (metrics, said) in [
            ("{}\n[1]\n", "metrics line 2: "),
            ("{}\n\n", "metrics line 2: "),
            ("{}", "metrics line 1: the line is incomplete; "),
            ("{} {}\n", "metrics line 1: "),
            ("{\"a\":nan}\n", "metrics line 1: "),
        ] {
            let error = metrics_sha256(metrics.as_bytes()).unwrap_err();
            assert!(error.is_bad_input() && error.to_string().starts_with(said), "{error}");
        }
        assert!(metrics_sha256(b"{\"a\":\"\xff\"}\n").unwrap_err().is_bad_input(), "not UTF-8");
    }

    #[test]
    fn a_certificate_comes_back_from_its_text() {
        let certificate =
            Certificate::new("tiny", "x = 1\n", 4, &checkpoint(9), Some(&checkpoint(6)), b"{}\n").unwrap();
        assert_eq!((certificate.seed, certificate.steps), (4, 9));
        assert_eq!(certificate.config_sha256, sha256("x = 1\n"));
        assert_eq!(certificate.metrics_sha256, sha256("{}\n"));
        assert_eq!(certificate.best.as_ref().unwrap().step, 6);
        let text = certificate.to_json();
        assert_eq!(Certificate::from_json(text.as_bytes()).unwrap(), certificate);
        let other = text.replace("svpg-certificate/1", "svpg-certificate/2");
        assert!(Certificate::from_json(other.as_bytes()).unwrap_err().to_string().contains("certificate/2`"));
        assert!(Certificate::from_json(b"{}").unwrap_err().is_bad_input());
    }
}
