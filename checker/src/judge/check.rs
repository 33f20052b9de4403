//! A check of all claims of a document, class by class.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::classes::Class;
use super::exactly::{self, Growth, Growths};
use super::floating::{confirm, floating};
use super::representatives;
use super::scales;
use super::scope::{Scope, scope};
use super::setting::{Keyed, Setting};
use super::tally::{ChainTally, Indices};
use super::verdict::{self, Judged};
use crate::evaluate::geometry::Shape;
use crate::evaluate::observations::Observations;
use crate::evaluate::point::Convention;
use crate::number::primes::Primes;
use crate::plan::Plan;
use crate::resolve::ir::{Document, Given};
use crate::resolve::walk::{evaluated, takes_derivatives, takes_logarithms};

/// A class, and the claims with one condition that are tried in it.
struct Job<'a> {
    class: Class,
    given: &'a Given,
    claims: Vec<usize>,
}

/// A document, and the classes of its claims.
pub(crate) struct Check<'a> {
    setting: Setting<'a>,
    scopes: Vec<Scope>,
    /// The chains of every claim.
    chains: Vec<Vec<Keyed<'a>>>,
    jobs: Vec<Job<'a>>,
}

impl<'a> Check<'a> {
    pub(crate) fn new(document: &'a Document, plan: &'a Plan, primes: &'a Primes, key: [u64; 4]) -> Self {
        let setting = Setting::new(document, plan, primes, key);
        let scopes: Vec<Scope> = document
            .claims
            .par_iter()
            .map(|claim| scope(document, plan, (&claim.given, &claim.chains), !plan.thorough))
            .collect();
        let mut jobs: BTreeMap<(&Given, Vec<usize>, u64, bool), Job<'a>> = BTreeMap::new();
        for (at, (claim, scope)) in document.claims.iter().zip(&scopes).enumerate() {
            for class in &scope.classes {
                let Shape { states, hidden_circuits, hidden_size, actions, situations, window } = class.shape;
                let sizes = vec![states, hidden_circuits, hidden_size, actions, situations, window];
                let key = (&claim.given, sizes, class.wiring.0, class.convention == Convention::Full);
                let job = jobs.entry(key).or_insert_with(|| Job {
                    class: *class,
                    given: &claim.given,
                    claims: vec![],
                });
                job.claims.push(at);
            }
        }
        let mut jobs: Vec<Job<'_>> = jobs.into_values().collect();
        // The largest first, so that small ones fill the gaps at the end.
        jobs.sort_by_key(|job| std::cmp::Reverse(job.class.shape.bulk() * job.claims.len()));
        let chains = scopes.iter().enumerate().map(|(claim, scope)| keyed(document, scope, claim)).collect();
        Self { setting, scopes, chains, jobs }
    }

    /// Number of times that [`Check::run`] calls `tick`.
    pub(crate) fn ticks(&self) -> usize {
        self.jobs.len()
    }

    /// Checks every claim, small classes first. A claim that is refuted there is not tried further.
    pub(crate) fn run(&self, tick: &(dyn Fn() + Sync)) -> Vec<Judged> {
        let document = self.setting.document;
        let mut observations = Observations::default();
        let mut tallies: Vec<Vec<ChainTally>> =
            document.claims.iter().map(|claim| claim.chains.iter().map(ChainTally::new).collect()).collect();
        // By claim: it is refuted, and was tried on shapes below this bulk.
        let mut stopped: Vec<Option<usize>> = vec![None; document.claims.len()];
        let mut growths: BTreeMap<&Given, Growths> = BTreeMap::new();
        let mut from = 0;
        for up_to in STAGES {
            let stage = self.jobs.par_iter().filter(|job| (from..up_to).contains(&job.class.shape.bulk()));
            let mut results: Vec<ClassResult<'_>> = stage
                .map(|job| {
                    let open = job.claims.iter().filter(|&&claim| stopped[claim].is_none());
                    let chains: Vec<Keyed<'_>> =
                        open.flat_map(|&claim| &self.chains[claim]).copied().collect();
                    let growths = growths.get(job.given).copied().unwrap_or([Growth::USUAL; 2]);
                    let result = in_class(&self.setting, job, &chains, &growths);
                    tick();
                    result
                })
                .collect();
            // From small to large classes, so that the first counterexample is the smallest.
            results.sort_by_key(|result| result.bulk);
            for result in results {
                observations.merge(&result.observations);
                let growths = growths.entry(result.given).or_insert([Growth::ZERO; 2]);
                growths.iter_mut().zip(&result.grown).for_each(|(growth, grown)| growth.merge(grown));
                for ((claim, chain), tally) in &result.chains {
                    tallies[*claim][*chain].merge(tally);
                }
            }
            tallies.par_iter_mut().enumerate().for_each(|(at, tallies)| {
                let claim = &document.claims[at];
                for (chain, tally) in claim.chains.iter().zip(tallies) {
                    confirm(&self.setting, &claim.given, chain, tally);
                }
            });
            for ((claim, tallies), stopped) in document.claims.iter().zip(&tallies).zip(&mut stopped) {
                if stopped.is_none()
                    && verdict::is_refuted_throughout(document, claim, tallies, &observations)
                {
                    *stopped = Some(up_to);
                }
            }
            from = up_to;
        }
        document
            .claims
            .par_iter()
            .enumerate()
            .map(|(at, claim)| {
                let mut scope = self.scopes[at].clone();
                if let Some(up_to) = stopped[at] {
                    scope.chosen.shapes.retain(|shape| shape.bulk() < up_to);
                }
                verdict::judge(&self.setting, claim, &scope, &tallies[at], &observations)
            })
            .collect()
    }
}

/// Upper limits of the bulk of shapes in each stage, in order.
const STAGES: [usize; 4] = [24, 64, 192, usize::MAX];

/// The results of one class for all claims with one condition.
struct ClassResult<'a> {
    bulk: usize,
    given: &'a Given,
    chains: Vec<((usize, usize), ChainTally)>,
    observations: Observations,
    grown: Growths,
}

fn keyed<'a>(document: &'a Document, scope: &Scope, claim: usize) -> Vec<Keyed<'a>> {
    let samples = scales::share(scope.classes.len());
    let signed_samples = scales::signed_share(scope.classes.len());
    let chains = document.claims[claim].chains.iter().enumerate();
    chains
        .map(|(at, chain)| {
            let nodes = evaluated(document, chain);
            Keyed {
                key: (claim, at),
                chain,
                logarithms: takes_logarithms(document, &nodes),
                derivatives: takes_derivatives(document, &nodes),
                positions: representatives::reads_positions(document, &nodes),
                samples,
                signed_samples,
            }
        })
        .collect()
}

fn in_class<'a>(
    setting: &Setting<'_>,
    &Job { ref class, given, .. }: &Job<'a>,
    chains: &[Keyed<'_>],
    growths: &Growths,
) -> ClassResult<'a> {
    let mut observations = Observations::default();
    let point = |number: usize| setting.point(given, class, number);
    let (mut found, grown) = exactly::compare(setting, class, chains, &point, growths, &mut observations);
    floating(setting, class, chains, given, &mut found, &mut observations);
    for (keyed, found) in chains.iter().zip(&mut found) {
        let by_size = found.tally.depends_on_size(keyed.chain);
        let by_sign = found.signed && found.tally.depends_on_sign();
        found.tally.share = match (by_size, by_sign) {
            (true, true) => keyed.samples.max(keyed.signed_samples),
            (false, true) => keyed.signed_samples,
            (_, false) => keyed.samples,
        };
        let differing = found.differing.iter().map(|frame| (*class, Indices::of(frame)));
        found.tally.differing = differing.collect();
        if by_size || by_sign {
            let signed = found.signed;
            scales::compare(setting, class, given, (keyed, signed), &mut found.tally, &mut observations);
        }
    }
    let tallies = chains.iter().zip(found).map(|(keyed, found)| (keyed.key, found.tally)).collect();
    ClassResult { bulk: class.shape.bulk(), given, chains: tallies, observations, grown }
}
