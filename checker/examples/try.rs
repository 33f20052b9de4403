//! Try a file.
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let read = |p: &String| svpg_check::Source::new(p.clone(), std::fs::read_to_string(p).unwrap());
    let prelude = args.get(2).map(read);
    let start = std::time::Instant::now();
    let report = svpg_check::check(&read(&args[1]), prelude.as_ref(), &svpg_check::Plan::usual(0));
    for d in &report.diagnostics {
        println!("{d}\n{}", d.snippet().unwrap_or_default());
    }
    for c in &report.claims {
        println!("{} {:?} expected {} ok {} {:?}", c.id, c.verdict, c.expected, c.as_expected, c.reason);
        println!("   {:?}", c.tiers);
        for l in &c.links {
            println!("   {:?} {} {:?}", l.verdict, l.equation, l.reason);
        }
        if let Some(c) = &c.counterexample {
            println!("   {c:#?}");
        }
    }
    println!("{:?}", start.elapsed());
}
