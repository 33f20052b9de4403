//! A run as a section of a page.

use super::{BLOCK_NAMES, ImageResults, Measured, Run, fields};
use crate::report::chart::Chart;
use crate::report::chart::short;
use crate::report::html::{Figure, Table, definitions, escape, paragraph, slug};
use crate::training::{Exactness, Selection};

/// The section. `number` tells runs of the same name apart.
pub(in crate::report) fn html(run: &Run, number: usize) -> String {
    let id = format!("run-{number}-{}", slug(&run.name));
    let setup = &run.setup;
    let mut out =
        format!("<section aria-labelledby=\"{id}\"><h3 id=\"{id}\">Run {}</h3>\n", escape(&run.name));
    let config = &setup.config;
    let by =
        config.method.map_or_else(|| format!("rule {}", config.rule), |method| format!("method {method}"));
    let which = match (run.which, config.selection) {
        ("best", Selection::Test) => "network that was selected on the test images",
        ("best", _) => "selected network",
        _ => "last network",
    };
    out += &paragraph(&format!(
        "{}, preset {}, {by}, seed {}. The figures show the {which}, after {} {}s.",
        setup.task.name().name(),
        setup.preset.name(),
        setup.seed,
        run.step,
        run.curves.counter,
    ));
    // A conventional network has no iterations of inference.
    let shown = |name: &str| config.method.is_none() || name != "iterations";
    for (name, chart) in run.curves.charts().into_iter().filter(|(name, _)| shown(name)) {
        out += &figure(&format!("{id}-{name}"), &capital(&chart.title), &chart, &points(&chart));
    }
    match &run.measured {
        Measured::Nothing(why) => {
            out += &format!(
                "<p class=\"notice\"><strong>Not measured:</strong> answers, receptive fields of the images and the gap to the gradient. {}</p>\n",
                escape(why)
            );
        }
        Measured::Images(results) => out += &images(run, results, &id),
        Measured::Pendulum(episode) => {
            let caption = format!(
                "The first test episode of {}: {} steps of at most 200, four hundredths of a second each.",
                run.name,
                episode.length()
            );
            let picture = episode.svg(&format!("{id}-animation"));
            let id_of = format!("{id}-episode");
            out += &Figure { id: &id_of, caption: &caption, picture: &picture, data: &episode.data() }.html();
            let chart = episode.chart();
            out += &figure(&format!("{id}-states"), &capital(&chart.title), &chart, &points(&chart));
        }
    }
    out + "</section>\n"
}

fn images(run: &Run, ImageResults { confusion, gap, raster }: &ImageResults, id: &str) -> String {
    let mut out = String::new();
    if let Some((pixels, data)) = fields::picture(&run.network) {
        let columns = match run.setup.config.method {
            None => "Circuits are columns, their units are rows; the last column is the action circuit",
            Some(_) => "Hidden units stand in columns, in the order of their numbers",
        };
        let caption = &format!(
            "Receptive fields: the weights from the pixels to each unit. {columns}. Blue is positive, orange is negative, white is zero; \
             each field has its own scale."
        );
        let picture = pixels.html(caption);
        let id = format!("{id}-fields");
        out += &Figure { id: &id, caption, picture: &picture, data: &data }.html();
    }
    let caption = format!(
        "Confusion matrix on the test images: rows are classes, columns are answers. {:.2} % of the answers are right.",
        100.0 * confusion.accuracy()
    );
    let picture = confusion.html("Number of test images of each class with each answer");
    let figure_id = format!("{id}-confusion");
    out += &Figure { id: &figure_id, caption: &caption, picture: &picture, data: &confusion.data() }.html();
    if let Some(raster) = raster {
        let chart = raster.chart();
        let caption = format!(
            "{}. One dot is a spike; in every time step, one unit of each circuit spikes.",
            capital(&chart.title)
        );
        out += &figure(&format!("{id}-spikes"), &caption, &chart, &raster.data());
    }
    out + &match gap {
        Ok(exactness) => self::gap(exactness, &format!("{id}-gap")),
        Err(why) => format!(
            "<p class=\"notice\"><strong>Gap to the gradient:</strong> not measured. {}</p>\n",
            escape(why)
        ),
    }
}

/// The updates of a run in words.
fn update_name(update: &str) -> &str {
    match update {
        "rule" => "expected update of the rule",
        "baseline" => "with the baseline of the run",
        "converged" => "as trained, at rest",
        "configured" => "as trained",
        "sampled" => "as trained, sampled actions",
        other => other,
    }
}

fn gap(exactness: &Exactness, id: &str) -> String {
    let caption = format!(
        "Gap between the update of {} and the gradient of what the run maximises, block by block, on {} test images. The angle to the \
         gradient is 0° if the update points in its direction, and 90° if it is unrelated; the length is relative to that of the gradient.",
        exactness.rule, exactness.examples
    );
    let columns = std::iter::once("update").chain(BLOCK_NAMES);
    let mut angles = Table::new("Angle to the gradient × relative length", columns.clone());
    for update in &exactness.updates {
        let cells = update.blocks.as_ref().map_or_else(
            || vec!["not defined".to_owned(); BLOCK_NAMES.len()],
            |blocks| {
                let cell = |block: &crate::training::BlockExactness| match (block.angle, block.length) {
                    (Some(angle), Some(length)) => format!("{angle:.1}° × {length:.2}"),
                    (None, Some(_)) => "no update".to_owned(),
                    _ => "no gradient".to_owned(),
                };
                blocks.iter().map(cell).collect()
            },
        );
        angles.row(std::iter::once(update_name(update.update).to_owned()).chain(cells));
    }
    let mut lengths = Table::new("Length of the gradient", columns);
    let row = |name: &str, all: &[f64]| {
        std::iter::once(name.to_owned()).chain(all.iter().map(|value| short(*value))).collect::<Vec<_>>()
    };
    lengths.row(row("of the objective", &exactness.gradient));
    lengths.row(row("of the expected reward", &exactness.reward_gradient));
    Figure { id, caption: &caption, picture: &angles.html(), data: &lengths }.html()
}

/// A chart with a table of what it shows.
pub(in crate::report) fn figure(id: &str, caption: &str, chart: &Chart, data: &Table) -> String {
    Figure { id, caption, picture: &chart.inline_svg(), data }.html()
}

/// At most this many rows of a table of a curve.
const MAX_ROWS: usize = 60;

/// The points of a chart, one row for each x; of many, every n-th.
fn points(chart: &Chart) -> Table {
    let columns =
        std::iter::once(chart.x.as_str()).chain(chart.series.iter().map(|series| series.name.as_str()));
    let mut all: Vec<f64> =
        chart.series.iter().flat_map(|series| series.points.iter().map(|point| point.0)).collect();
    all.sort_by(f64::total_cmp);
    all.dedup();
    let every = all.len().div_ceil(MAX_ROWS).max(1);
    let note = if every == 1 { String::new() } else { format!(", every {every}th row") };
    let mut table = Table::new(format!("{}{note}", capital(&chart.title)), columns);
    for x in all.iter().step_by(every) {
        let value = |series: &crate::report::chart::Series| {
            let found = series.points.iter().find(|point| point.0 == *x);
            found.map_or_else(|| "–".to_owned(), |point| short(point.1))
        };
        table.row(std::iter::once(short(*x)).chain(chart.series.iter().map(value)));
    }
    table
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Version, seeds and hashes of the run.
pub(in crate::report) fn provenance(run: &Run) -> String {
    let setup = &run.setup;
    let mut rows = vec![
        ("run", run.name.clone()),
        ("task and preset", format!("{}, {}", setup.task.name().name(), setup.preset.name())),
        ("seed", setup.seed.to_string()),
        (
            "SHA-256 of the images",
            setup.data_sha256.clone().unwrap_or_else(|| "the task has none".to_owned()),
        ),
        ("network", format!("{}, after {} {}s", run.which, run.step, run.curves.counter)),
    ];
    match &run.certificate {
        None => rows.push(("certificate", "none: the run has not ended".to_owned())),
        Some(certificate) => rows.extend([
            ("version of svpg", certificate.version.clone()),
            ("SHA-256 of config.toml", certificate.config_sha256.clone()),
            ("SHA-256 of the parameters", certificate.parameters_sha256.clone()),
            ("SHA-256 of the metrics", certificate.metrics_sha256.clone()),
        ]),
    }
    definitions(rows)
}
