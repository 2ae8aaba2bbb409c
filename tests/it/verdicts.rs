//! Verdicts as a user sees them: what is proved, what is probably harmless and why.

use crate::sandbox::Sandbox;
use crate::tokens::{fill, github, token};

/// Scans one line; gives detector, verdict and all reasons of the only finding.
fn judge(line: &str) -> (String, String, String) {
    let sandbox = Sandbox::folder();
    sandbox.write("app.env", format!("{line}\n"));
    let seen = sandbox.json(&["--show=unlikely", "."]);
    let finding = seen.only();
    let word = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    let reasons = finding["reasons"].as_array();
    let reasons: Vec<_> = reasons
        .into_iter()
        .flatten()
        .filter_map(|reason| reason.as_str())
        .collect();
    (word("detector"), word("verdict"), reasons.join("; "))
}

/// Expects an unlikely finding of a detector for this reason.
fn expect_unlikely(line: &str, detector: &str, reason: &str) {
    let (found, verdict, reasons) = judge(line);
    assert_eq!(
        (found.as_str(), verdict.as_str()),
        (detector, "unlikely"),
        "{reasons}"
    );
    assert!(reasons.contains(reason), "{reasons}");
}

#[test]
fn a_checksum_proves_a_token() {
    let (detector, verdict, reasons) = judge(&format!("GITHUB_TOKEN={}", github("real")));
    assert_eq!(
        (detector.as_str(), verdict.as_str()),
        ("github-pat", "verified")
    );
    assert!(reasons.contains("checksum"), "{reasons}");
}

#[test]
fn a_wrong_checksum_is_unlikely_and_hidden() {
    let mangled = fill("github-pat", "GITHUB_TOKEN={mangled}", "wrong");
    expect_unlikely(&mangled, "github-pat", "checksum");
    let sandbox = Sandbox::folder();
    sandbox.write("app.env", mangled);
    let outcome = sandbox.scan(&["."]);
    assert_eq!(outcome.code, 0);
    assert!(
        outcome.stdout.contains("not shown: 1 unlikely"),
        "{}",
        outcome.stdout
    );
    assert_eq!(
        sandbox
            .scan(&["--fail-on=unlikely", "--show=unlikely", "."])
            .code,
        1
    );
}

#[test]
fn a_private_key_is_parsed() {
    let (detector, verdict, _) = judge(&crate::tokens::pem());
    assert_eq!(
        (detector.as_str(), verdict.as_str()),
        ("private-key-pem", "verified")
    );
}

#[test]
fn placeholders_are_unlikely() {
    let filler = ["changeme", "-your", "-password"].concat();
    expect_unlikely(
        &format!("DB_PASSWORD={filler}"),
        "generic-password",
        "filler",
    );
}

#[test]
fn templates_are_unlikely_or_nothing() {
    let sandbox = Sandbox::folder();
    sandbox.write(
        "app.yml",
        "password: ${DB_PASSWORD}\ntoken: {{ secrets.token }}\n",
    );
    let seen = sandbox.json(&["--show=unlikely", "."]);
    assert_eq!(seen.code, 0, "{:#}", seen.report);
    assert!(
        seen.verdicts()
            .iter()
            .all(|(_, verdict)| *verdict == "unlikely")
    );
}

#[test]
fn the_documented_aws_pair_is_unlikely() {
    let id = ["AKIAIOSFODNN7", "EXAMPLE"].concat();
    let key = ["wJalrXUtnFEMI/K7MDENG", "/bPxRfiCY", "EXAMPLEKEY"].concat();
    let sandbox = Sandbox::folder();
    sandbox.write(
        "credentials",
        format!("[default]\naws_access_key_id = {id}\naws_secret_access_key = {key}\n"),
    );
    let seen = sandbox.json(&["--show=unlikely", "."]);
    assert_eq!(seen.code, 0);
    let wanted = [
        ("aws-access-key-id", "unlikely"),
        ("aws-secret-access-key", "unlikely"),
    ];
    let mut verdicts = seen.verdicts();
    verdicts.sort_unstable();
    assert_eq!(verdicts, wanted);
    for finding in seen.findings() {
        assert!(
            finding["reasons"][0]
                .as_str()
                .unwrap()
                .contains("documentation")
        );
    }
}

#[test]
fn a_generated_aws_pair_is_shown() {
    let (id, key) = crate::tokens::aws_pair("pair");
    let sandbox = Sandbox::folder();
    sandbox.write(
        "credentials",
        format!("[default]\naws_access_key_id = {id}\naws_secret_access_key = {key}\n"),
    );
    let seen = sandbox.json(&["."]);
    assert_eq!(seen.findings().len(), 2, "{:#}", seen.report);
    assert_eq!(sandbox.json(&["--fail-on=likely", "."]).code, 1);
}

#[test]
fn a_test_mode_key_is_unlikely() {
    let key = fill(
        "stripe-secret-key",
        "STRIPE_KEY=sk_test_{alnum:24}",
        "test-mode",
    );
    expect_unlikely(&key, "stripe-secret-key", "test");
    let key = fill(
        "stripe-secret-key",
        "STRIPE_KEY=sk_live_{alnum:24}",
        "live-mode",
    );
    assert_eq!(judge(&key).1, "likely");
}

#[test]
fn a_publishable_key_is_unlikely() {
    let key = token("stripe-publishable-key", "public").replace("_test_", "_live_");
    expect_unlikely(&format!("KEY={key}"), "stripe-publishable-key", "public");
}

#[test]
fn a_public_key_is_nothing() {
    let body = fill("private-key-pem", "{base64:64}", "public");
    let dashes = "-".repeat(5);
    let sandbox = Sandbox::folder();
    sandbox.write(
        "key.pem",
        format!("{dashes}BEGIN PUBLIC KEY{dashes}\n{body}\n{dashes}END PUBLIC KEY{dashes}\n"),
    );
    let seen = sandbox.json(&["--fail-on=unlikely", "."]);
    assert_eq!(
        (seen.code, seen.findings().len()),
        (0, 0),
        "{:#}",
        seen.report
    );
}

#[test]
fn the_vendor_names_what_a_generic_detector_hits_too() {
    let sandbox = Sandbox::folder();
    sandbox.write("app.env", format!("GITHUB_TOKEN=\"{}\"\n", github("merge")));
    assert_eq!(sandbox.json(&["."]).only()["detector"], "github-pat");
}

#[test]
fn a_bare_value_ends_at_a_blank() {
    let (_, key) = crate::tokens::aws_pair("bare");
    for line in [
        format!("AWS_SECRET_ACCESS_KEY={key} ./run"),
        format!("docker run -e AWS_SECRET_ACCESS_KEY={key} -e A=1 image"),
        format!("export AWS_SECRET_ACCESS_KEY={key}; ./run"),
    ] {
        let sandbox = Sandbox::folder();
        sandbox.write("run.sh", format!("{line}\n"));
        let wanted = [("aws-secret-access-key", "possible")];
        assert_eq!(sandbox.json(&["."]).verdicts(), wanted);
    }
}

#[test]
fn a_web_token_is_named_by_a_word_for_its_issuer() {
    let token = fill("jwt", "{secret}", "issuer");
    let (detector, verdict, reasons) = judge(&format!("TURSO_AUTH_TOKEN={token}"));
    assert_eq!(detector, "turso-credential", "{reasons}");
    let (of_itself, same, _) = judge(&format!("LOGIN={token}"));
    assert_eq!((of_itself.as_str(), same), ("jwt", verdict));
}

#[test]
fn a_signed_address_is_good_until_it_says_so() {
    let address = |end: &str| {
        let query = format!("sv=2022-11-02&se={end}T00%3A00%3A00Z&sr=c&sp=r&sig={{secret}}");
        let address = format!("https://media.blob.core.windows.net/files?{query}");
        let filled = fill("azure-sas-signature", &address, "sas");
        // The shape of the secret holds its own `sig=`.
        filled.replace("sig=sig=", "sig=")
    };
    let (detector, verdict, reasons) = judge(&address("2099-01-01"));
    assert_eq!(
        (detector.as_str(), verdict.as_str()),
        ("azure-sas-signature", "likely"),
        "{reasons}"
    );
    assert!(reasons.contains("good until 2099-01-01"), "{reasons}");
    expect_unlikely(
        &address("2020-01-01"),
        "azure-sas-signature",
        "expired 2020-01-01",
    );
}

#[test]
fn a_value_of_another_form_is_no_token_of_the_vendor() {
    let digits = "8f3b6a1c".repeat(2);
    expect_unlikely(
        &format!("AWS_ACCESS_KEY_TOKEN={digits}xq7"),
        "aws-credential",
        "not of the form",
    );
}

#[test]
fn a_token_of_an_unknown_form_is_accounted_for() {
    let long = token("tailscale-irregular", "long");
    expect_unlikely(
        &format!("TS={long}"),
        "tailscale-irregular",
        "irregular form",
    );
    // A known form, and a name in code that begins so, is none.
    let known = token("openrouter-api-key", "known");
    assert_eq!(judge(&format!("x {known}")).0, "openrouter-api-key");
    let sandbox = Sandbox::folder();
    sandbox.write("a.rb", "def npm_release_of_something; end\n");
    assert!(
        sandbox
            .json(&["--show=unlikely", "."])
            .findings()
            .is_empty()
    );
}

#[test]
fn a_secret_written_over_is_named_as_such() {
    expect_unlikely(
        &format!("AKC{} and so on", "x".repeat(12)),
        "masked-token",
        "character",
    );
}

#[test]
fn a_commit_after_a_provider_is_unlikely_and_a_login_is_not() {
    let commit = fill("wandb-credential", "{hex:40}", "commit");
    expect_unlikely(
        &format!("wandb {commit}"),
        "wandb-credential",
        "straight after the name",
    );
    assert_eq!(judge(&format!("wandb login {commit}")).1, "possible");
}

#[test]
fn a_member_that_begins_as_a_token_does_is_a_name() {
    expect_unlikely(
        "// AWS.STS.assumeRoleWithWebIdentity is a call",
        "alibaba-sts-token-id",
        "name in code",
    );
}
