//! Names: what a name says about the value assigned to it.
//!
//! Owns the words that make a name harmless, and those of passwords. Does not own values.

use std::sync::LazyLock;

use super::features;

/// Ends of names that hold something about a secret instead of one, normalised.
const HARMLESS_ENDINGS: &str = "\
    field type path file filename name names url uri endpoint label hint hash hashes salt digest \
    length size count regex pattern policy prompt message title placeholder error help text \
    format class element selector id ids publickey expiry expires expiration expiresin ttl \
    timeout algorithm alg version enabled required visible method mode header headers param \
    parameter column attribute attr property ref arn kind scope scopes strength rules validator \
    provider manager service factory helper util utils input form page screen view dialog button \
    icon env envvar variable var keyid issuer audience location dir directory storage \
    store limit limits tokens usage description desc example symbol separator delimiter \
    index position offset generator encoder reset change changed forgot \
    mismatch invalid comment result status signature keying keyword keywords keyboard keyframe keyring \
    nexttoken continuationtoken pagetoken inputtoken outputtoken";

/// The same, each with its last byte.
static ENDINGS: LazyLock<Vec<(u8, &str)>> = LazyLock::new(|| {
    let endings = HARMLESS_ENDINGS.split_ascii_whitespace();
    let with_last = endings.map(|ending| ending.as_bytes().last().map(|last| (*last, ending)));
    with_last.flatten().collect()
});

/// Words of names for values that open nothing, normalised.
const UNREAL: &str = "\
    dummy fake mock bogus invalid wrong incorrect nonmatching another example sample badtoken \
    badpassword badsecret badkey";

/// Words of passwords that are sure.
const PASSWORDS: &str = "password passwd passphrase passwort passcode pwd";

/// What may stand before `pass` in a word for a password: `DB_PASS`, `userPass`. Passes of filters, of
/// tests and of renderers are many more.
const BEFORE_PASS: &str = "\
    access account admin amqp api app auth backup become bind broker ca cert client cluster connect con \
    credential crypt data database db default deploy dev docker email enable encrypt env esxi ext ftp gpg \
    git guest host http imap jdbc jenkins jmx key keystore ldap login mail manager master mongo mq mqtt my \
    mysql net new nexus oauth ora oracle old owner pg pgp php pop pop3 postgres prod proxy rabbit rdp redis \
    registry release remote repl replication repo root rpc s3 samba sasl secret secure server service sftp \
    sign signing site smb smtp sonar source sql ssh ssl staging store storage su sudo svn sys system target \
    tls tomcat token trust truststore upload user username vault vnc vpn web wifi wlan wp zip";

/// A name taken apart.
pub(super) struct Name {
    /// All of it in lower case, without separators.
    pub(super) normal: String,
    /// Its last word in lower case, by separators and camel case.
    last: String,
    /// The words after its last dot, in lower case.
    words: Vec<String>,
}

impl Name {
    pub(super) fn of(text: &[u8]) -> Self {
        let normal = text.iter().filter(|byte| byte.is_ascii_alphanumeric());
        let normal = normal
            .map(|byte| char::from(byte.to_ascii_lowercase()))
            .collect();
        let end = text
            .iter()
            .rposition(u8::is_ascii_alphanumeric)
            .map_or(0, |at| at + 1);
        let starts_word = |at: usize| {
            let before = at.checked_sub(1).map(|before| text[before]);
            before.is_none_or(|before| {
                !before.is_ascii_alphanumeric()
                    || (before.is_ascii_lowercase() && text[at].is_ascii_uppercase())
            })
        };
        let start = (0..end).rev().find(|&at| starts_word(at)).unwrap_or(0);
        let last = String::from_utf8_lossy(&text[start..end]).to_ascii_lowercase();
        let part = text.rsplit(|byte| *byte == b'.').next().unwrap_or(text);
        let words = features::words(part).into_iter();
        let words = words.map(|word| String::from_utf8_lossy(&part[word]).to_ascii_lowercase());
        Self {
            normal,
            last,
            words: words.collect(),
        }
    }

    /// The ending that makes the name harmless: its last word, or, where words are not set
    /// apart, a long enough end.
    fn harmless_ending(&self) -> Option<&'static str> {
        if self.normal.ends_with("secretid") {
            return None;
        }
        // The last word ends as the whole does.
        let &last = self.normal.as_bytes().last()?;
        let mut endings = ENDINGS.iter().filter(|(byte, _)| *byte == last);
        let found = endings.find(|(_, ending)| {
            let may_be_joined = ending.len() >= 5 || matches!(*ending, "hash" | "file");
            self.last == *ending || (may_be_joined && self.normal.ends_with(ending))
        });
        found.map(|(_, ending)| *ending)
    }

    /// Whether all words of its last part are among some: `config.setApiKey`.
    pub(super) fn is_of(&self, words: &str) -> bool {
        !self.words.is_empty()
            && self
                .words
                .iter()
                .all(|one| words.split_ascii_whitespace().any(|word| word == one))
    }

    /// Whether its last word is among some.
    pub(super) fn ends_in(&self, words: &str) -> bool {
        let last = self.words.last();
        last.is_some_and(|last| {
            words
                .split_ascii_whitespace()
                .any(|word| last.ends_with(word))
        })
    }

    /// Whether it is one of a key, which may be as long as a digest.
    pub(super) fn is_key(&self) -> bool {
        ["key", "secret"]
            .iter()
            .any(|word| self.normal.contains(word))
    }

    pub(super) fn is_password(&self) -> bool {
        ["pass", "pwd", "pw"]
            .iter()
            .any(|word| self.normal.contains(word))
    }

    /// Says whether `pass` in a name is of something else that passes.
    fn is_other_pass(&self) -> bool {
        let is_one_of =
            |words: &str, word: &str| words.split_ascii_whitespace().any(|one| one == word);
        let sure = PASSWORDS.split_ascii_whitespace();
        if !self.normal.contains("pass") || sure.clone().any(|word| self.normal.contains(word)) {
            return false;
        }
        // The longest word before it that is known, whether set apart or not.
        let before = self.normal.split("pass").next().unwrap_or("");
        let mut ends = (0..before.len()).map(|at| &before[at..]);
        !before.is_empty() && !ends.any(|end| is_one_of(BEFORE_PASS, end))
    }

    /// Says why a name speaks of no secret.
    pub(super) fn against(&self) -> Option<String> {
        if let Some(ending) = self.harmless_ending() {
            return Some(format!("a name ending in `{ending}` seldom holds a secret"));
        }
        let has = |words: &str| {
            let mut words = words.split_ascii_whitespace();
            words.any(|word| self.normal.contains(word))
        };
        let reason = if has(UNREAL) {
            "a name for a value that opens nothing"
        } else if has("csrf xsrf authenticitytoken") {
            "a token against forged requests, worth nothing alone"
        } else if has("publictoken publishable publickey pubkey") {
            "public by its name"
        } else if self.is_other_pass() {
            "a name that passes, but no password"
        } else {
            return None;
        };
        Some(reason.to_owned())
    }
}
