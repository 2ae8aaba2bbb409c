// The HTML report in a real browser: node report.mjs OUTGATE FOLDER CHROMIUM
//
// FOLDER holds playwright-core (see `./x test-browser`) and gets the screenshots.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { multiply, plant } from "./fixture.mjs";

const [outgate, folder, chromium] = process.argv.slice(2).map((argument) => resolve(argument));
const { chromium: engine } = createRequire(join(folder, "package.json"))("playwright-core");
const scratch = mkdtempSync(join(tmpdir(), "outgate-browser-"));
const FLAGS = ["--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
let passed = 0;

const check = async (name, test) => {
  await test();
  passed += 1;
  console.log(`ok ${name}`);
};

const render = (json, name) => {
  const file = join(scratch, name);
  execFileSync(outgate, ["report", "-", "-o", file], { input: json, maxBuffer: 1 << 30 });
  return file;
};

/** Opens a page and gathers whatever should not happen in it. */
const open = async (browser, file, options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, ...options });
  const page = await context.newPage();
  const faults = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && faults.push(message.text()));
  page.on("pageerror", (fault) => faults.push(String(fault)));
  page.on("request", (request) => request.url() !== pathToFileURL(file).href && faults.push(`asks for ${request.url()}`));
  await page.addInitScript(() => {
    window.violations = 0;
    addEventListener("securitypolicyviolation", () => { window.violations += 1; });
  });
  await page.goto(pathToFileURL(file).href);
  return { page, faults, close: () => context.close() };
};

const cells = (page, column) => page.locator(`#rows tr.row td:nth-child(${column})`).allInnerTexts();
const shown = (page) => page.locator("#shown").innerText();

const controls = async (page, report) => {
  const all = report.findings.length;
  await check("a hundred rows are drawn, and more when they come into sight", async () => {
    assert.equal(await page.locator("#rows tr.row").count(), 100);
    await page.locator("#more").scrollIntoViewIfNeeded();
    await page.waitForFunction((number) => document.querySelectorAll("#rows tr.row").length === number, Math.min(all, 200));
  });
  await check("the filter finds paths, detectors and commits", async () => {
    assert.equal(await shown(page), `${all} findings`);
    await page.fill("#filter", "mailer github-pat");
    const kept = report.findings.filter((finding) => finding.detector === "github-pat" && JSON.stringify(finding).includes("mailer")).length;
    assert.ok(kept > 0 && kept < all, String(kept));
    assert.equal(await shown(page), `${kept} of ${all} findings`);
    await page.fill("#filter", "no such thing anywhere");
    assert.ok(await page.locator("#empty").isVisible());
    await page.fill("#filter", "");
  });
  await check("chips and choices filter", async () => {
    const verified = report.findings.filter((finding) => finding.verdict === "verified").length;
    await page.click("#verdicts button.verified");
    assert.equal(await shown(page), `${all - verified} of ${all} findings`);
    await page.click("#verdicts button.verified");
    await page.selectOption("#source", "gone");
    const gone = report.findings.filter((finding) => finding.occurrences.every((place) => place.commit)).length;
    assert.equal(await shown(page), `${gone} of ${all} findings`);
    await page.selectOption("#source", "");
    await page.locator(".timeline .bar").first().click();
    assert.match(await shown(page), / of /);
    await page.locator(".timeline .bar").first().click();
    assert.equal(await shown(page), `${all} findings`);
  });
  await check("columns sort both ways and back", async () => {
    const header = page.locator("th[data-sort=place]");
    await header.locator("button").click();
    assert.equal(await header.getAttribute("aria-sort"), "ascending");
    const up = (await cells(page, 4)).map((text) => text.split("\n")[0]);
    assert.deepEqual(up, [...up].sort());
    await header.locator("button").click();
    assert.equal(await header.getAttribute("aria-sort"), "descending");
    const down = (await cells(page, 4)).map((text) => text.split("\n")[0]);
    assert.deepEqual(down, [...down].sort().reverse());
    await header.locator("button").click();
    assert.equal(await header.getAttribute("aria-sort"), "none");
  });
  await check("rows group by file and by detector", async () => {
    await page.selectOption("#group", "detector");
    const detectors = new Set(report.findings.map((finding) => finding.detector));
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    assert.equal(await page.locator("#rows tr.group").count(), detectors.size);
    await page.selectOption("#group", "file");
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    const files = new Set(report.findings.flatMap((finding) => finding.occurrences.map((place) => place.path)));
    assert.equal(await page.locator("#rows tr.group").count(), files.size);
    await page.selectOption("#group", "secret");
  });
};

const keyboard = async (page, report) => {
  await check("keys move, open and filter", async () => {
    await page.keyboard.press("Escape");
    await page.locator("body").click({ position: { x: 5, y: 5 } });
    await page.keyboard.press("/");
    assert.equal(await page.evaluate(() => document.activeElement.id), "filter");
    await page.keyboard.type("zzz");
    assert.match(await shown(page), /^0 of/);
    await page.keyboard.press("Escape");
    assert.equal(await shown(page), `${report.findings.length} findings`);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    await page.keyboard.press("Enter");
    const openRows = page.locator("#rows .open-row[aria-expanded=true]");
    assert.equal(await openRows.count(), 1);
    const index = await page.evaluate(() => [...document.querySelectorAll("#rows .open-row")].indexOf(document.activeElement));
    assert.equal(index, 1);
    const detail = await page.locator("#rows tr.detail").innerText();
    assert.ok(detail.includes(report.findings[1].fingerprint) && detail.includes(report.findings[1].remediation));
    await page.keyboard.press("Enter");
    assert.equal(await page.locator("#rows tr.detail").count(), 0);
  });
};

/** Everything a reader or another script could get from the page. */
const everything = (page) => page.evaluate(() => document.documentElement.outerHTML + document.body.innerText);

const safety = async (browser, page, file, secrets) => {
  await check("no secret is in the page, opened rows included", async () => {
    await page.evaluate(() => {
      dispatchEvent(new Event("beforeprint"));
      for (const row of document.querySelectorAll("#rows .open-row")) row.click();
    });
    const text = await everything(page);
    for (const secret of secrets) assert.ok(!text.includes(secret.slice(6, -3)), "a secret is shown");
  });
  await check("hostile names are text", async () => {
    assert.equal(await page.locator("img").count(), 0);
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    const text = await page.evaluate(() => document.body.innerText);
    assert.ok(text.includes("<img src=x onerror=") && text.includes("bidi\\u{202e}gnp.env"));
    assert.ok(!text.includes("\u202e"));
  });
  await check("the policy stops what is not ours", async () => {
    const injected = join(scratch, "injected.html");
    const hostile = "<img src=x onerror='window.hacked=1'><script>window.hacked=1</script><b style='color:red'>x</b>";
    writeFileSync(injected, readFileSync(file, "utf8").replace("</main>", `${hostile}</main>`));
    const bad = await open(browser, injected);
    assert.equal(await bad.page.evaluate(() => window.hacked), undefined);
    assert.ok((await bad.page.evaluate(() => window.violations)) >= 3);
    assert.ok(bad.faults.length > 0);
    await bad.close();
  });
};

const withoutScript = async (browser, file, report, secrets) => {
  const { page, faults, close } = await open(browser, file, { javaScriptEnabled: false });
  await check("the findings show without JavaScript", async () => {
    assert.equal(await page.locator("#rows tr").count(), report.findings.length);
    assert.ok(await page.locator("#tools").isHidden());
    await page.locator("#rows summary").first().click();
    assert.ok(await page.getByText(report.findings[0].remediation).first().isVisible());
    const text = await page.content();
    for (const secret of secrets) assert.ok(!text.includes(secret.slice(6, -3)), "a secret is shown");
    assert.deepEqual(faults, []);
  });
  await page.screenshot({ path: join(folder, "no-script.png") });
  await close();
};

const pictures = async (browser, file) => {
  for (const colorScheme of ["light", "dark"]) {
    const { page, close } = await open(browser, file, { colorScheme });
    await page.screenshot({ path: join(folder, `${colorScheme}.png`) });
    await page.locator("#rows .open-row").nth(1).click();
    await page.locator("#rows tr.detail").scrollIntoViewIfNeeded();
    await page.screenshot({ path: join(folder, `${colorScheme}-open.png`) });
    await page.selectOption("#group", "file");
    await page.locator("#tools").scrollIntoViewIfNeeded();
    await page.screenshot({ path: join(folder, `${colorScheme}-files.png`) });
    await page.locator("#coverage").scrollIntoViewIfNeeded();
    await page.screenshot({ path: join(folder, `${colorScheme}-coverage.png`) });
    await close();
  }
  const narrow = await open(browser, file, { viewport: { width: 420, height: 900 } });
  assert.ok(await narrow.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "a narrow page scrolls sideways");
  await narrow.page.screenshot({ path: join(folder, "narrow.png") });
  await narrow.close();
  const theme = await open(browser, file, { colorScheme: "light" });
  await check("the theme can be switched", async () => {
    const ground = () => theme.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const before = await ground();
    await theme.page.click("#theme");
    assert.notEqual(await ground(), before);
  });
  await check("paper is white", async () => {
    await theme.page.emulateMedia({ media: "print" });
    assert.equal(await theme.page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), "light");
    assert.ok(await theme.page.locator("#tools").isHidden());
  });
  await theme.page.screenshot({ path: join(folder, "print.png") });
  await theme.close();
};

const manyFindings = async (browser, report) => {
  const file = render(JSON.stringify(multiply(report, 10_000)), "many.html");
  const { page, faults, close } = await open(browser, file);
  await check("ten thousand findings stay usable", async () => {
    assert.equal(await shown(page), "10000 findings");
    assert.equal(await page.locator("#rows tr.row").count(), 100);
    const loaded = await page.evaluate(() => performance.timing.domComplete - performance.timing.navigationStart);
    const filtered = await page.evaluate(() => {
      const start = performance.now();
      const filter = document.getElementById("filter");
      filter.value = "copy-77 mailer";
      filter.dispatchEvent(new Event("input", { bubbles: true }));
      return Math.round(performance.now() - start);
    });
    assert.match(await shown(page), /^[1-9]\d* of 10000 findings$/);
    console.log(`   page of ${Math.round(readFileSync(file).length / 1e6)} MB: complete after ${loaded} ms, filtered in ${filtered} ms`);
    assert.deepEqual(faults, []);
  });
  await close();
};

const main = async () => {
  const repository = join(scratch, "repository");
  const secrets = plant(repository);
  const saved = join(scratch, "run.json");
  const scan = ["scan", "--isolated", "--show=unlikely", "--exit-zero", "--no-progress", "-q", "-o", saved, "."];
  execFileSync(outgate, scan, { cwd: repository });
  const report = JSON.parse(readFileSync(saved, "utf8"));
  report.coverage.gaps.push({ reason: "unreadable", count: 1, names: [{ name: "keys/<b>", detail: "permission denied" }], hint: "check permissions" });
  report.run.complete = false;
  const file = render(JSON.stringify(report), "report.html");
  const browser = await engine.launch({ executablePath: chromium, args: [...FLAGS, "--no-sandbox"] });
  try {
    const { page, faults, close } = await open(browser, file);
    await controls(page, report);
    await keyboard(page, report);
    await safety(browser, page, file, secrets);
    await check("nothing went wrong and nothing was asked for", async () => {
      assert.deepEqual(faults, []);
      assert.equal(await page.evaluate(() => window.violations), 0);
    });
    await close();
    await withoutScript(browser, file, report, secrets);
    await pictures(browser, file);
    await manyFindings(browser, report);
  } finally {
    await browser.close();
    rmSync(scratch, { recursive: true, force: true });
  }
  console.log(`${passed} passed, 0 failed`);
};

await main();
