//! The metrics of a step.

use serde::ser::{Serialize, SerializeMap, Serializer};

/// Named numbers of one step: a line of `metrics.jsonl`, and scalars for TensorBoard.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricsRow {
    counter: (&'static str, u64),
    values: Vec<(&'static str, f64)>,
}

impl MetricsRow {
    /// Of the step or episode with this number.
    pub(super) fn new(counter: &'static str, number: u64, values: Vec<(&'static str, f64)>) -> Self {
        Self { counter: (counter, number), values }
    }

    /// `step` or `episode`, and its number.
    pub fn counter(&self) -> (&'static str, u64) {
        self.counter
    }

    /// All but the number, in order.
    pub fn values(&self) -> &[(&'static str, f64)] {
        &self.values
    }

    /// The value of this name.
    pub fn value(&self, name: &str) -> Option<f64> {
        self.values.iter().find(|(own, _)| *own == name).map(|&(_, value)| value)
    }

    /// With the time that the training has taken, in milliseconds at the finest.
    pub(super) fn timed(&self, seconds: f64) -> Timed<'_> {
        Timed { row: self, seconds: (seconds * 1e3).round() / 1e3 }
    }
}

/// A row as it is written.
pub(super) struct Timed<'a> {
    row: &'a MetricsRow,
    seconds: f64,
}

impl Serialize for Timed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2 + self.row.values.len()))?;
        map.serialize_entry(self.row.counter.0, &self.row.counter.1)?;
        map.serialize_entry("seconds", &self.seconds)?;
        for (name, value) in &self.row.values {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::MetricsRow;

    #[test]
    fn a_line_is_written_in_order() {
        let line = MetricsRow::new("step", 300, vec![("train_accuracy", 0.5), ("test_accuracy", 1.0)]);
        let text = serde_json::to_string(&line.timed(1.234_56)).unwrap();
        assert_eq!(text, r#"{"step":300,"seconds":1.235,"train_accuracy":0.5,"test_accuracy":1.0}"#);
        assert_eq!((line.value("test_accuracy"), line.value("step")), (Some(1.0), None));
        assert_eq!(line.counter(), ("step", 300));
    }
}
