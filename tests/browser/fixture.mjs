// A throw-away repository with secrets made at run time, so that none lies in this one.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

// Numbers that look drawn and are the same each time.
let state = 0x2545f491;
const draw = (limit) => {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % limit;
};
const letters = (length) => Array.from({ length }, () => ALPHABET[draw(62)]).join("");

const base62 = (number) => {
  let text = "";
  for (let rest = number; rest > 0; rest = Math.floor(rest / 62)) text = ALPHABET[rest % 62] + text;
  return text.padStart(6, "0");
};

/** A token as GitHub makes them; its last six characters are a checksum of the rest. */
const token = () => {
  const body = letters(30);
  return `ghp_${body}${base62(crc32(body))}`;
};

const HOSTILE = [
  "<img src=x onerror=\"window.hacked=1\">.env",
  "</script><script>window.hacked=1</script>/a.env",
  "bidi\u202egnp.env",
  "pipe|`tick`[link](https:__example.org).md",
  "::error file=x::order.env",
];

/** Makes the repository in `folder` and gives the secrets planted in it. */
export const plant = (folder) => {
  const git = (args, date) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", ...args], {
      cwd: folder,
      env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null", GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
    });
  const write = (name, text) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  const secrets = [];
  const make = (secret) => {
    secrets.push(secret);
    return secret;
  };
  mkdirSync(folder, { recursive: true });
  git(["init", "-q", "-b", "main", "."]);
  const shared = make(token());
  for (let round = 0; round < 14; round += 1) {
    const service = ["billing", "gateway", "mailer", "search"][draw(4)];
    for (let file = 0; file < 10 + draw(14); file += 1) {
      write(`services/${service}/config/${letters(5).toLowerCase()}.py`, `import os\n\nAPI_TOKEN = "${make(token())}"\n`);
    }
    write(`deploy/${service}.env`, `DB_HOST=db.internal\nDB_PASSWORD=${make(letters(18))}\nCI_TOKEN=${shared}\n`);
    write("docs/setup.md", `# Setup ${round}\n\n    curl -H "Authorization: token ${make(`ghp_${letters(36)}`)}" https://api.example.org\n`);
    const month = String(1 + ((round * 2) % 12)).padStart(2, "0");
    git(["add", "-A"]);
    git(["commit", "-q", "-m", `round ${round}`], `${2023 + Math.floor(round / 6)}-${month}-1${round % 10}T10:00:00Z`);
  }
  git(["rm", "-rq", "services/billing", "deploy"]);
  git(["commit", "-q", "-m", "clean up"], "2025-11-02T10:00:00Z");
  for (const name of HOSTILE) write(name, `token = "${make(token())}" # <b>bold</b> \u202e\n`);
  write("assets/logo.png", Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 255]));
  return secrets;
};

/** The same report with as many findings as asked for. */
export const multiply = (report, number) => {
  const findings = Array.from({ length: number }, (_, index) => {
    const finding = structuredClone(report.findings[index % report.findings.length]);
    finding.fingerprint = index.toString(16).padStart(20, "0");
    for (const place of finding.occurrences) place.path = `copy-${index}/${place.path}`;
    return finding;
  });
  return { ...report, findings };
};
