//! `svpg schema`.

use super::{Verdict, say};
use svpg::Error;
use svpg::schemas::SCHEMAS;

/// Print the JSON Schema of a format, or list the formats
///
/// The schemas (draft 2020-12) are of the JSON documents that svpg reads and writes, of a line of
/// metrics.jsonl, and of the content of config.toml. A schema says which keys a document has and of
/// which type and range their values are. svpg checks more when it reads a document, for instance
/// that lengths agree.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  svpg schema
  svpg schema svpg-case/1 > case.schema.json")]
pub(super) struct Arguments {
    /// The format: its name with or without the version [default: list all]
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Verdict, Error> {
    let Some(name) = &arguments.name else {
        let width = SCHEMAS.iter().map(|schema| schema.name.len()).max().unwrap_or(0);
        SCHEMAS.iter().try_for_each(|schema| say(&format!("{:width$}  {}", schema.name, schema.title())))?;
        return Ok(Verdict::Passed);
    };
    let without_version = |name: &'static str| name.split('/').next().unwrap_or(name);
    let is_meant = |own: &'static str| own == name || without_version(own) == name;
    match SCHEMAS.iter().find(|schema| is_meant(schema.name)) {
        Some(schema) => say(schema.text.trim_end())?,
        None => {
            let what = format_args!("there is no format {name:?}");
            return Err(Error::bad_input("NAME", what, "`svpg schema` lists the formats"));
        }
    }
    Ok(Verdict::Passed)
}
