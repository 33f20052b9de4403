//! Try a file.
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let read = |p: &String| svpg_check::Source::new(p.clone(), std::fs::read_to_string(p).unwrap());
    let prelude = args.get(2).map(read);
    let start = std::time::Instant::now();
    let chapter = match svpg_check::Chapter::new(&read(&args[1]), prelude.as_ref()) {
        Ok(chapter) => chapter,
        Err(d) => {
            println!("{d}\n{}", d.snippet().unwrap_or_default());
            return;
        }
    };
    let plan = svpg_check::Plan::usual(0);
    let report = chapter.check(&plan, &|| ());
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
    if args.len() > 3 {
        let controls = chapter.controls(&plan, &|| ());
        let killed = controls.iter().filter(|c| c.refuted).count();
        for c in controls.iter().filter(|c| !c.refuted) {
            println!("SURVIVES {} [{}] {} : {:?}", c.id, c.mutation, c.mutant, c.equivalent);
        }
        println!("controls {} killed {killed} {:?}", controls.len(), start.elapsed());
    }
}
