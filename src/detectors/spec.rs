//! The detector file: what a `detectors/<provider>.toml` may say.
//!
//! Owns the TOML shape, its documentation (the JSON Schema is generated from these comments)
//! and the vocabulary of severities and offline checks. Does not own meaning: `compile` turns
//! a spec into a `Detector`, `lint` says what is unwise in one.

use serde::{Deserialize, Serialize};

/// One file: a provider and its detectors.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProviderSpec {
    /// Short name of who issues the credentials, as in `github`; equals the file name.
    pub provider: String,
    /// Name for people, as in `GitHub`.
    pub name: String,
    /// Texts that only tokens of this provider begin with, of 4 bytes or more. What begins with
    /// one and fits no detector is `unlikely`, not unseen: forms change.
    #[serde(default)]
    pub prefixes: Vec<String>,
    /// The detectors of this provider.
    #[serde(rename = "detector")]
    pub detectors: Vec<DetectorSpec>,
}

/// One kind of credential.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DetectorSpec {
    /// The provider, where it is not that of the file.
    #[serde(skip)]
    pub provider: Option<String>,
    /// Stable kebab-case id, unique over all files, as in `github-pat`.
    pub id: String,
    /// Name for people, as in `GitHub personal access token (classic)`.
    pub name: String,
    /// What a leak usually costs.
    pub severity: Severity,
    /// Literal texts of 3 bytes or more, one of which every match contains. May be left out:
    /// a prefix is its own anchor, and a regex yields its longest literal text. A shorter
    /// prefix is searched for around the words of `near`.
    #[serde(default)]
    pub anchors: Vec<String>,
    /// The token itself.
    #[serde(default)]
    pub shape: Option<ShapeSpec>,
    /// Least Shannon entropy of the secret in bits per character; below it the finding is
    /// `unlikely`.
    #[serde(default)]
    pub entropy: f32,
    /// Words that must stand near the match; for shapes that are not distinctive alone.
    #[serde(default)]
    pub near: Option<NearSpec>,
    /// Makes this a detector of assigned values: the shape must fill the whole value that is
    /// assigned to a name containing one of these words (compared in lower case, without `_`,
    /// `-` and `.`). An entry of several words, as in `acme token`, asks for all of them in
    /// that order, with anything between. `anchors` lists the parts of such names that trigger
    /// the search.
    #[serde(default)]
    pub assigned: Vec<String>,
    /// Makes this a detector with keywords: words for the provider, one of which stands before the
    /// token, with an operator or a word like `key` between, as in `ACME_TOKEN=` or `acme key: `. For
    /// tokens that are not distinctive alone. Words may be joined by `_`, which also stands for
    /// `-`, `.`, a blank or nothing. A word that ordinary text is full of, as `box`, counts only with
    /// a word like `key` or `token` after it. A value that is assigned to a name with such words need
    /// not have the shape: it is judged as any, and the finding names the provider.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// With `keywords`: expressions for all keys and tokens that the provider issues, where it documents
    /// them; another value that is assigned to a key or token of it is none.
    #[serde(default)]
    pub forms: Vec<String>,
    /// How a match can be proved or refuted without network.
    #[serde(default)]
    pub check: Option<Check>,
    /// Ids of detectors that find the other part of a pair.
    #[serde(default)]
    pub companions: Vec<String>,
    /// The credential is public by design; it is reported as `unlikely`.
    #[serde(default)]
    pub public: bool,
    /// A form that many issuers use, as JSON web tokens are: a detector that knows a word for the issuer
    /// names it.
    #[serde(default)]
    pub shared: bool,
    /// Texts inside a match that mark test or sandbox mode, as in `sk_test_`; such a match is
    /// `unlikely`.
    #[serde(default)]
    pub test_mode: Vec<String>,
    /// Best verdict a match earns without an offline proof.
    #[serde(default)]
    pub confidence: Confidence,
    /// What to do after a leak, in one or two sentences.
    pub remediation: String,
    /// Where the format is documented.
    pub source: String,
    /// Templates of texts in which the detector must find something; see CONTRIBUTING.
    pub examples: Vec<String>,
    /// Templates of texts in which it must report nothing better than `unlikely`.
    pub counter_examples: Vec<String>,
}

/// The token: either a prefix with a run of characters, or a regular expression.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", untagged)]
pub enum ShapeSpec {
    /// A fixed prefix and then `length` characters of `alphabet`, with neither a letter nor a
    /// digit before and no character of the alphabet after.
    Run(RunSpec),
    /// A regular expression over bytes without look-around or Unicode classes; the group
    /// `secret`, if there is one, is the secret, else the whole match is.
    Regex(RegexSpec),
    /// A block between a first and a last line, as of a private key; what is cut off before
    /// its last line still matches.
    Block(BlockSpec),
}

/// A prefix and a run of characters.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RunSpec {
    /// Literal start of the token; empty for assigned values without one.
    #[serde(default)]
    pub prefix: String,
    /// Characters of the rest, as in `A-Za-z0-9_-`.
    pub alphabet: String,
    /// How many of them: a number, or a least and a greatest.
    pub length: LengthSpec,
}

/// A regular expression as a shape.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RegexSpec {
    /// The expression; matches are bounded in length.
    pub regex: String,
}

/// A block between two markers.
#[derive(Clone, Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BlockSpec {
    /// Expression for the first marker.
    pub begin: String,
    /// Expression for the last marker.
    pub end: String,
    /// Greatest length of all between them, in bytes.
    pub length: usize,
}

/// A length or a range of lengths, in bytes, both ends included.
#[derive(Clone, Copy, Debug, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum LengthSpec {
    /// Exactly this many.
    Exact(usize),
    /// From the first to the second.
    Between(usize, usize),
}

impl LengthSpec {
    /// Gives the least and the greatest length.
    pub fn bounds(self) -> (usize, usize) {
        match self {
            Self::Exact(length) => (length, length),
            Self::Between(least, greatest) => (least, greatest),
        }
    }
}

/// Words that must stand near a match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NearSpec {
    /// The words, in any case; one is enough.
    pub words: Vec<String>,
    /// How far from the match, in bytes, before and after; at most 1,000.
    pub reach: usize,
}

/// What a leak usually costs, from nothing to everything.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// No secret by itself: an identifier, or public by design.
    Info,
    /// Little power, or only with other parts.
    Low,
    /// Limited power: one service, read access, short life.
    Medium,
    /// An account or service.
    High,
    /// An organisation, its infrastructure, or money.
    Critical,
}

/// Best verdict a match earns without an offline proof.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// The shape is distinctive.
    #[default]
    Likely,
    /// The shape is shared with harmless text.
    Possible,
    /// The beginning is that of a token, the rest of no known form.
    Unlikely,
    /// Nothing but a name and a value: the surroundings decide.
    Generic,
}

/// An offline check, by the algorithm rather than the vendor where several share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// Last 6 characters are base62 (0-9 A-Z a-z) of the CRC-32 of what stands between the
    /// last `_` and them: GitHub classic, npm, Vercel, Polar.
    Base62Crc32,
    /// GitHub fine-grained: 8 characters of base32 of a SHA-256, 16 from the end.
    GithubFineGrained,
    /// GitHub stateless server token: `ghs_<app id>_<JWT>`.
    GithubStateless,
    /// GitLab routable token: payload length and CRC-32 in base 36 after a dot.
    GitlabRoutable,
    /// Last 8 characters are hexadecimal CRC-32 of the 32 before (a `_` between): Zuplo.
    HexCrc32,
    /// Confluent: last 6 characters are base64 of the little-endian CRC-32 of the 54 before.
    ConfluentCrc32,
    /// Grafana service account: little-endian hexadecimal CRC-32 of everything before the last `_`.
    GrafanaCrc32,
    /// Atlassian: 8 upper-case hexadecimal digits of the CRC-32 of everything before them.
    AtlassianCrc32,
    /// Azure identifiable key: Marvin32 over the decoded key with the service's seed.
    AzureKey,
    /// Azure key of the 84 or 88 character form with `JQQJ99`: structure and dates.
    AzureCask,
    /// Entra client secret with `8Q~`: Marvin32 in base 66.
    EntraSecret,
    /// Azure DevOps personal access token (52 characters base32) with a CRC-32.
    AzureDevopsPat,
    /// Bech32 (BIP-173): age, Nostr.
    Bech32,
    /// Base58 with 4 bytes of a double SHA-256 (Bitcoin).
    Base58,
    /// Base32 with a CRC-16/XMODEM, low byte first (NATS, Stellar).
    Base32Crc16,
    /// Private key blocks: PEM, OpenSSH, PGP, PuTTY; encrypted or not, whole or cut.
    PrivateKey,
    /// JSON web token: header, claims, expiry.
    Jwt,
    /// AWS access key id: base32 body, account id.
    AwsKeyId,
    /// PyPI macaroon: location and scope.
    PypiMacaroon,
    /// Sentry organisation token: base64 JSON with url and organisation.
    SentryOrg,
    /// base64 of a JSON object after the prefix: Grafana cloud, 1Password, Mapbox.
    Base64Json,
    /// Discord bot token: first part is a snowflake in base64.
    DiscordBot,
    /// base64 of `user:password`: Basic authorization, Docker `auth`.
    BasicAuth,
    /// `scheme://user:password@host`: judges password and host.
    UrlCredentials,
    /// A password that someone chose: whether it is a word or a variable that stands for one.
    Password,
    /// A signature in an address: the expiry stated beside it (Azure SAS, AWS and Google Cloud
    /// presigned).
    SignedUrl,
    /// Recovery phrase of a wallet: word list and checksum of BIP-39.
    Bip39,
}
