//! Places: one unique token in each place of a repository that text can hide in, and the submission
//! finds each exactly there.

mod folder;
mod ground;
mod members;
mod objects;
mod stores;
mod table;
mod texts;

use ground::Ground;

/// A repository with a token in each place.
fn plant_all() -> Ground {
    let mut ground = Ground::new();
    objects::plant(&mut ground);
    texts::plant(&mut ground);
    stores::plant(&mut ground);
    members::plant(&mut ground);
    // Last, as git would write over some of it.
    folder::plant(&mut ground);
    ground
}

#[test]
fn every_place_is_found_exactly_there() {
    let ground = plant_all();
    assert!(
        ground.planted.len() >= 95,
        "{} places",
        ground.planted.len()
    );
    let seen = ground.submit();
    let wrong = ground.compare(&seen);
    assert_eq!(wrong, [""; 0], "{:#}", seen.report["coverage"]);
    assert_eq!(seen.code, 1);
}

#[test]
fn no_report_holds_a_token_whole() {
    let ground = plant_all();
    let outcome = ground
        .sandbox
        .run(&["submit", "--out=../out", "--explain-coverage", "."]);
    let out = ground.sandbox.outside().join("out");
    let mut texts = vec![outcome.stdout, outcome.stderr];
    for name in [
        "outgate-report.json",
        "outgate-report.sarif",
        "outgate-report.html",
    ] {
        texts.push(std::fs::read_to_string(out.join(name)).expect("it is written"));
    }
    for plant in &ground.planted {
        let is_shown = texts.iter().any(|text| text.contains(&plant.token));
        assert!(!is_shown, "{} is shown whole", plant.place);
    }
}
