//! Events of GitHub Actions: which commits one is about.
//!
//! Owns the reading of the event's payload, as GitHub documents it ("Webhook events and payloads",
//! "Events that trigger workflows"). Does not own scanning them.

use serde::Deserialize;

use crate::walker::Commits;

/// What an event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    /// The commits it brings; nothing for one that is about the repository as it is.
    pub(super) commits: Option<Vec<Commits>>,
    /// Whether it may write to the repository: a pull request from a fork may not, nor Dependabot.
    pub(super) may_write: bool,
}

#[derive(Deserialize)]
struct Payload {
    #[serde(rename = "ref")]
    reference: Option<String>,
    before: Option<String>,
    after: Option<String>,
    #[serde(default)]
    created: bool,
    #[serde(default)]
    deleted: bool,
    #[serde(default)]
    forced: bool,
    pull_request: Option<PullRequest>,
    merge_group: Option<MergeGroup>,
    repository: Option<Repository>,
    sender: Option<Sender>,
}

#[derive(Deserialize)]
struct PullRequest {
    base: Side,
    head: Side,
}

#[derive(Deserialize)]
struct Side {
    sha: String,
    /// Absent once the fork is deleted.
    repo: Option<Repository>,
}

#[derive(Deserialize)]
struct MergeGroup {
    base_sha: String,
    head_sha: String,
}

#[derive(Deserialize)]
struct Repository {
    full_name: Option<String>,
    default_branch: Option<String>,
}

#[derive(Deserialize)]
struct Sender {
    login: Option<String>,
}

impl Event {
    /// Reads an event by its name and payload; a fault is told in words.
    pub(super) fn parse(name: &str, payload: &[u8]) -> Result<Self, String> {
        let payload: Payload = serde_json::from_slice(payload).map_err(|fault| {
            // Without the message, which quotes the payload.
            format!(
                "the payload of the event is not as documented, at line {}, column {}",
                fault.line(),
                fault.column()
            )
        })?;
        let lacks = |what: &str| format!("the payload of the event `{name}` has no `{what}`");
        let commits = match name {
            "push" => Some(payload.pushed().ok_or_else(|| lacks("after"))?),
            "pull_request" | "pull_request_target" => {
                let request = payload.pull_request.as_ref();
                let request = request.ok_or_else(|| lacks("pull_request"))?;
                let range = format!("{}..{}", request.base.sha, request.head.sha);
                Some(vec![Commits::Range(range)])
            }
            "merge_group" => {
                let group = payload.merge_group.as_ref();
                let group = group.ok_or_else(|| lacks("merge_group"))?;
                let range = format!("{}..{}", group.base_sha, group.head_sha);
                Some(vec![Commits::Range(range)])
            }
            _ => None,
        };
        Ok(Self {
            commits,
            may_write: !payload.is_from_fork() && !payload.is_from_dependabot(),
        })
    }
}

impl Payload {
    /// The commits of a push: those after the last one, or of a new or rewritten branch those that
    /// the default branch does not have. An id of zeros stands for no commit.
    fn pushed(&self) -> Option<Vec<Commits>> {
        if self.deleted {
            return Some(Vec::new());
        }
        let tip = self.after.clone()?;
        let is_zero = |id: &String| id.bytes().all(|byte| byte == b'0');
        let before = self.before.clone().filter(|id| !is_zero(id));
        let is_new = self.created || self.forced || before.is_none();
        let default = self
            .repository
            .as_ref()
            .and_then(|repository| repository.default_branch.as_deref());
        let elsewhere = default.filter(|default| {
            let own = format!("refs/heads/{default}");
            is_new && self.reference.as_deref() != Some(own.as_str())
        });
        let known = before
            .into_iter()
            .chain(elsewhere.map(|default| format!("refs/remotes/origin/{default}")));
        Some(vec![Commits::New {
            tip,
            known: known.collect(),
        }])
    }

    fn is_from_fork(&self) -> bool {
        let name = |side: &Side| side.repo.as_ref()?.full_name.clone();
        self.pull_request.as_ref().is_some_and(|request| {
            let (base, head) = (name(&request.base), name(&request.head));
            head.is_none() || head != base
        })
    }

    fn is_from_dependabot(&self) -> bool {
        let login = self.sender.as_ref().and_then(|one| one.login.as_deref());
        login == Some("dependabot[bot]")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn parse(name: &str, payload: &Value) -> Event {
        Event::parse(name, payload.to_string().as_bytes()).unwrap()
    }

    fn push(more: &Value) -> Value {
        let mut payload = json!({
            "ref": "refs/heads/topic",
            "before": "a".repeat(40),
            "after": "b".repeat(40),
            "created": false,
            "deleted": false,
            "forced": false,
            "repository": {"full_name": "acme/app", "default_branch": "main"},
            "sender": {"login": "ada"},
        });
        for (key, value) in more.as_object().unwrap() {
            payload[key] = value.clone();
        }
        payload
    }

    /// What a push hides as known.
    fn known(more: &Value) -> Vec<String> {
        match parse("push", &push(more)).commits.unwrap().pop() {
            Some(Commits::New { tip, known }) => {
                assert_eq!(tip, "b".repeat(40));
                known
            }
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn a_push_is_about_what_came_after_the_last_one() {
        assert_eq!(known(&json!({})), ["a".repeat(40)]);
        let created = json!({"created": true, "before": "0".repeat(40)});
        assert_eq!(known(&created), ["refs/remotes/origin/main"]);
        let forced = json!({"forced": true});
        assert_eq!(
            known(&forced),
            ["a".repeat(40), "refs/remotes/origin/main".to_owned()]
        );
        let first = json!({"created": true, "before": "0".repeat(40), "ref": "refs/heads/main"});
        assert_eq!(known(&first), [""; 0]);
        let deleted = push(&json!({"deleted": true, "after": "0".repeat(40)}));
        assert_eq!(parse("push", &deleted).commits, Some(Vec::new()));
    }

    #[test]
    fn a_pull_request_is_about_its_commits_and_one_of_a_fork_may_not_write() {
        let request = |head: Value| {
            json!({"pull_request": {
                "base": {"sha": "base", "repo": {"full_name": "acme/app"}},
                "head": {"sha": "head", "repo": head},
            }})
        };
        let own = parse("pull_request", &request(json!({"full_name": "acme/app"})));
        let range = Commits::Range("base..head".to_owned());
        assert_eq!(own.commits, Some(vec![range]));
        assert!(own.may_write);
        for fork in [json!({"full_name": "eve/app"}), Value::Null] {
            assert!(!parse("pull_request", &request(fork)).may_write);
        }
    }

    #[test]
    fn other_events_are_about_the_repository() {
        for name in ["schedule", "workflow_dispatch", "release"] {
            assert_eq!(parse(name, &json!({})).commits, None);
        }
        let group = json!({"merge_group": {"base_sha": "a", "head_sha": "b"}});
        let range = Commits::Range("a..b".to_owned());
        assert_eq!(parse("merge_group", &group).commits, Some(vec![range]));
        let bot = push(&json!({"sender": {"login": "dependabot[bot]"}}));
        assert!(!parse("push", &bot).may_write);
    }

    #[test]
    fn a_fault_names_what_is_missing_and_quotes_nothing() {
        assert!(Event::parse("push", b"{}").unwrap_err().contains("`after`"));
        let fault = Event::parse("push", b"{\"before\": hunter2}").unwrap_err();
        assert!(!fault.contains("hunter2"), "{fault}");
    }
}
