//! The command line: one file per subcommand. Each parses arguments, calls the library and prints.
//!
//! Exit codes of every command: 0, success; 1, a check failed or no answer exists; 2, bad input,
//! with exactly one line on standard error that says what is wrong, where, and how to correct it,
//! and nothing on standard output. A wrong line of a stream is not the end of it: the line gets its
//! verdict on standard output, and the first such line is named on standard error.
//!
//! To add a subcommand: a file with its `Arguments` and `run`, a variant of [`Command`], an arm of
//! [`Command::run`].

mod bench_step;
mod certificate;
mod chapter;
mod check;
mod compare;
mod data;
mod destination;
mod eval;
mod export;
mod html_report;
mod input;
mod oracle;
mod plot;
mod progress;
mod report;
mod schema;
mod stream;
mod study;
mod train;
mod vectors;
mod verify;
mod version;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use std::fmt::Display;
use std::io::Write;
use std::ops::RangeInclusive;
use std::process::ExitCode;
use std::str::FromStr;
use svpg::Error;
use svpg::kernel::simd::Level;

/// Formally tested reference implementation of spiking variational policy gradient.
#[derive(Parser)]
#[command(
    name = "svpg",
    disable_version_flag = true,
    arg_required_else_help = true,
    after_help = "Exit codes: 0 success; 1 a check failed, no fixed point was found, or a training was stopped or diverged; 2 bad input, with one line on standard \
                  error; 141 the reader of the output closed it.\nSVPG_ISA=baseline|avx2|avx512|neon limits the instruction set; a value that is unknown, or that this machine \
                  does not have, is an error."
)]
struct Arguments {
    /// Print the version; with --verbose, also the available instruction sets and the one in use
    #[arg(long, short = 'V')]
    version: bool,
    /// With --version: print the instruction sets too
    #[arg(long, requires = "version")]
    verbose: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    Verify(verify::Arguments),
    Check(check::Arguments),
    Export(export::Arguments),
    Oracle(oracle::Arguments),
    Compare(compare::Arguments),
    Vectors(vectors::Arguments),
    Schema(schema::Arguments),
    Data(data::Arguments),
    Train(Box<train::Arguments>),
    Eval(eval::Arguments),
    #[command(visible_alias = "reproduce")]
    Study(study::Arguments),
    Report(html_report::Arguments),
    Plot(plot::Arguments),
    #[command(hide = true)]
    BenchStep(bench_step::Arguments),
}

impl Command {
    /// Runs the command. All its errors are about the same input. `matches` are its arguments.
    fn run(self, matches: &ArgMatches, level: Level) -> Result<Verdict, Vec<Error>> {
        let outcome = match self {
            Command::Verify(arguments) => verify::run(&arguments, level),
            Command::Check(arguments) => return check::run(&arguments),
            Command::Export(arguments) => return export::run(&arguments),
            Command::Oracle(arguments) => oracle::run(&arguments),
            Command::Compare(arguments) => compare::run(&arguments),
            Command::Vectors(arguments) => vectors::run(&arguments),
            Command::Schema(arguments) => schema::run(&arguments),
            Command::Data(arguments) => data::run(&arguments),
            Command::Train(arguments) => train::run(&arguments, matches, level),
            Command::Eval(arguments) => eval::run(&arguments, level),
            Command::Study(arguments) => study::run(&arguments, level),
            Command::Report(arguments) => html_report::run(&arguments, level),
            Command::Plot(arguments) => plot::run(&arguments),
            Command::BenchStep(arguments) => bench_step::run(&arguments, level),
        };
        outcome.map_err(|error| vec![error])
    }
}

/// The result of a command that ran, the best first.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    /// Exit 0.
    #[default]
    Passed,
    /// Exit 1: a check failed.
    Failed,
    /// Exit 2: a line of a stream is bad input.
    BadInput,
}

/// The format of a report.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs: one JSON object on one line.
    Json,
}

/// Parses the process's arguments, runs the command and reports its error.
pub(crate) fn run() -> ExitCode {
    let parsed = Arguments::command()
        .try_get_matches()
        .and_then(|matches| Ok((Arguments::from_arg_matches(&matches)?, matches)));
    let (arguments, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return usage(&error),
    };
    let one = |error| vec![error];
    let cap = svpg::kernel::isa::cap(std::env::var_os("SVPG_ISA").as_deref()).map_err(one);
    let outcome = cap.and_then(|cap| match arguments.command {
        _ if arguments.version => version::run(arguments.verbose, cap).map_err(one),
        Some(command) => {
            let own = matches.subcommand().map_or(&matches, |(_, own)| own);
            command.run(own, Level::best(cap))
        }
        None => Err(one(Error::bad_input("svpg", "the subcommand is missing", "see `svpg --help`"))),
    });
    match outcome {
        Ok(Verdict::Passed) => ExitCode::SUCCESS,
        Ok(Verdict::Failed) => ExitCode::from(1),
        Ok(Verdict::BadInput) => ExitCode::from(2),
        // The reader closed the pipe, so there is no verdict: the exit code of other programs then.
        Err(errors) if errors.iter().any(Error::is_broken_pipe) => ExitCode::from(141),
        Err(errors) => {
            errors.iter().for_each(complain);
            let failed = errors.iter().all(|error| error.is_no_fixed_point() || error.is_divergence());
            ExitCode::from(if failed { 1 } else { 2 })
        }
    }
}

/// Help goes to standard output; a wrong argument is one line on standard error.
fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() || error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    {
        let failed = error.print().is_err();
        return ExitCode::from(if error.use_stderr() || failed { 2 } else { 0 });
    }
    let text = error.to_string();
    // An error of clap has several paragraphs: what is wrong, tips, usage. The message has the
    // first one and the tips, on one line.
    let mut parts = text.split("\n\n").map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "));
    let what = parts.next().unwrap_or_default();
    let tips: Vec<String> = parts.filter(|part| part.contains("tip:")).collect();
    let remedy = if tips.is_empty() { format!("see `{} --help`", subcommand()) } else { tips.join("; ") };
    complain(&Error::bad_input("arguments", what.trim_start_matches("error: "), remedy));
    ExitCode::from(2)
}

/// The called command with the known part of its subcommands, for `--help`.
fn subcommand() -> String {
    let mut command = Arguments::command();
    let mut path = vec![command.get_name().to_owned()];
    for argument in std::env::args_os().skip(1) {
        let Some(next) = command.find_subcommand(argument).cloned() else { break };
        path.push(next.get_name().to_owned());
        command = next;
    }
    path.join(" ")
}

/// A parser of whole numbers of this range. Whatever is not one gives the same message.
fn whole<T>(range: RangeInclusive<T>) -> impl Fn(&str) -> Result<T, String> + Clone
where
    T: FromStr + PartialOrd + Display + Clone,
{
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| format!("give a whole number from {} to {}", range.start(), range.end()))
    }
}

/// A path as a word of a shell command, quoted if necessary, and never an option.
fn word(path: &std::path::Path) -> String {
    let text = path.display().to_string();
    let text = if text.starts_with('-') { format!("./{text}") } else { text };
    let is_plain = |c: char| c.is_alphanumeric() || "._-/+:@%,=".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// Writes an error as one line to standard error, with the flags of its options. A failure to write
/// is ignored.
fn complain(error: &Error) {
    let flags: Vec<String> = error.options().iter().map(|option| format!("--{option}")).collect();
    let see = if flags.is_empty() { String::new() } else { format!("; see {}", flags.join(", ")) };
    let _ = writeln!(std::io::stderr(), "svpg: {error}{see}");
}

/// Writes a note as one line to standard error. A failure to write is ignored.
fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "svpg: note: {text}");
}

/// Writes one line to standard output and flushes it.
fn say(line: &str) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(|error| Error::output(&error))
}
