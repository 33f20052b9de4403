use svpg_check::{Chapter, Plan, Source};
fn main() {
    let prelude = Source::new("p", std::fs::read_to_string("derivations/01-network.md").unwrap());
    for f in std::env::args().skip(1) {
        let t = std::time::Instant::now();
        let source = Source::new(f.clone(), std::fs::read_to_string(&f).unwrap());
        let chapter = Chapter::new(&source, Some(&prelude)).unwrap();
        let c = std::time::Instant::now(); if std::env::var("CONTROLS").is_ok() { let n = chapter.controls().unwrap(); let r = n.run(&Plan::usual(0), &|| ()); println!("{} controls {:?}", r.len(), c.elapsed()); continue; }
 let report = chapter.check(&Plan::usual(0), &|| ());
        let bad: Vec<_> = report.claims.iter().filter(|c| !c.as_expected).map(|c| c.id.clone()).collect();
        println!("{f}: {:?} bad {bad:?}", t.elapsed());
    }
}
