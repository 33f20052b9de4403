//! What a network answers to the test images.

use crate::inference::Draws;
use crate::report::html::{Table, escape};
use crate::task::mnist::{Labelled, answers};
use crate::task::{EVALUATION, Policy};

/// Images in a batch, as in evaluations: the answers are then the same ones.
const BATCH: usize = 100;

/// How often an image of each class got each answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Confusion {
    /// Rows are classes, columns are answers.
    pub(super) counts: Vec<Vec<u32>>,
}

impl Confusion {
    /// Of the most probable answers, without noise.
    pub(super) fn of(policy: Policy<'_>, images: &Labelled) -> Self {
        let Policy { compute, network, seed, .. } = policy;
        let circuits = network.circuits();
        let classes = circuits.actions();
        let mut counts = vec![vec![0; classes]; classes];
        let count = images.images.count();
        for (number, first) in (0..count).step_by(BATCH).enumerate() {
            let which = first..count.min(first + BATCH);
            let states = images.images.states(which.clone());
            let mut inferred = policy.activity(which.len());
            inferred.run(compute, network, &states, Draws { seed, step: EVALUATION | number as u32 });
            for (image, answer) in which.zip(answers(circuits, inferred.acting())) {
                counts[usize::from(images.labels[image])][usize::from(answer)] += 1;
            }
        }
        Self { counts }
    }

    /// The share of right answers.
    pub(super) fn accuracy(&self) -> f64 {
        let right: u32 = self.counts.iter().enumerate().map(|(class, row)| row[class]).sum();
        let all: u32 = self.counts.iter().flatten().sum();
        f64::from(right) / f64::from(all.max(1))
    }

    fn share(&self, class: usize, answer: usize) -> f64 {
        let all: u32 = self.counts[class].iter().sum();
        f64::from(self.counts[class][answer]) / f64::from(all.max(1))
    }

    /// The table as a picture: the larger the share, the stronger the colour.
    pub(super) fn html(&self, caption: &str) -> String {
        let classes = self.counts.len();
        let caption = escape(caption);
        let mut out = format!(
            "<table class=\"heat\"><caption>{caption}</caption><thead><tr><th scope=\"col\">class</th>"
        );
        for answer in 0..classes {
            out += &format!("<th scope=\"col\">{answer}</th>");
        }
        out += "</tr></thead><tbody>\n";
        for class in 0..classes {
            out += &format!("<tr><th scope=\"row\">{class}</th>");
            for answer in 0..classes {
                // Five steps of colour, so that the style sheet decides.
                let step = (5.0 * self.share(class, answer)).ceil().min(5.0) as usize;
                let mark = if class == answer { " right" } else { "" };
                out += &format!("<td class=\"h{step}{mark}\">{}</td>", self.counts[class][answer]);
            }
            out += "</tr>\n";
        }
        out + "</tbody></table>"
    }

    /// The shares, and the most frequent wrong answer, of each class.
    pub(super) fn data(&self) -> Table {
        let columns = ["class", "images", "right answers", "most frequent wrong answer"];
        let mut table = Table::new("Answers by class", columns);
        for (class, row) in self.counts.iter().enumerate() {
            let wrong = (0..row.len()).filter(|&answer| answer != class && row[answer] > 0);
            let worst = wrong.max_by_key(|&answer| (row[answer], std::cmp::Reverse(answer)));
            let worst = worst
                .map_or_else(|| "none".to_owned(), |answer| format!("{answer} ({} images)", row[answer]));
            let images: u32 = row.iter().sum();
            table.row([
                class.to_string(),
                images.to_string(),
                format!("{:.2} %", 100.0 * self.share(class, class)),
                worst,
            ]);
        }
        table
    }
}
