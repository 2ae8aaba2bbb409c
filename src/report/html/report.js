// The interactive part of the HTML report. Rows that the page came with are replaced by rows made
// here from the embedded data, a hundred at a time. Text enters the page as text nodes only.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const report = JSON.parse(byId("data").textContent);
  const VERDICTS = ["verified", "likely", "possible", "unlikely"];
  const SEVERITIES = ["critical", "high", "medium", "low", "info"];
  const STEP = 100;
  const PLACES = 50;

  // As the other formats do: what could reorder or hide text is shown as an escape.
  const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
  const visible = (text) => String(text).replace(UNSAFE, (c) => `\\u{${c.charCodeAt(0).toString(16)}}`);

  const make = (name, attributes, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== undefined) element.setAttribute(key, value);
    }
    for (const child of children.flat()) {
      if (child) element.append(child.nodeType ? child : visible(child));
    }
    return element;
  };
  const count = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
  const at = (place) => `${place.path}:${place.start_line}:${place.start_column}`;
  const badge = (verdict) => make("span", { class: `badge ${verdict}` }, verdict);

  // What rows are filtered and sorted by, worked out once.
  const rows = report.findings.map((finding, rank) => {
    const places = finding.occurrences;
    const dates = places.flatMap((place) => (place.commit ? [place.commit.date.slice(0, 10)] : []));
    const words = [finding.title, finding.detector, finding.provider, finding.redacted, finding.fingerprint];
    const paths = places.flatMap((place) => (place.commit ? [place.path, place.commit.id] : [place.path]));
    return {
      finding,
      rank,
      places,
      inTree: places.some((place) => !place.commit),
      inHistory: dates.length > 0,
      date: dates.sort()[0] || "",
      path: places.length ? at(places[0]) : "",
      text: [...words, ...finding.reasons, ...finding.also, ...paths].join("\n").toLowerCase(),
    };
  });

  const state = { verdicts: new Set(VERDICTS), sort: "", down: false, from: "", to: "" };
  const body = byId("rows");
  const more = byId("more");
  let items = [];
  let drawn = 0;

  const KEYS = {
    verdict: (row) => VERDICTS.indexOf(row.finding.verdict),
    severity: (row) => SEVERITIES.indexOf(row.finding.severity),
    title: (row) => row.finding.title.toLowerCase(),
    place: (row) => row.path,
    date: (row) => row.date || "9999",
  };

  const chosen = () => {
    const words = byId("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
    const [severity, detector, source] = ["severity", "detector", "source"].map((id) => byId(id).value);
    const kept = rows.filter((row) =>
      state.verdicts.has(row.finding.verdict) &&
      (!severity || row.finding.severity === severity) &&
      (!detector || row.finding.detector === detector) &&
      (!source || (source === "tree" ? row.inTree : source === "history" ? row.inHistory : !row.inTree)) &&
      (!state.from || (row.date.slice(0, 7) >= state.from && row.date.slice(0, 7) <= state.to && row.date)) &&
      words.every((word) => row.text.includes(word)));
    const key = KEYS[state.sort];
    if (key) {
      const sign = state.down ? -1 : 1;
      const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
      kept.sort((a, b) => sign * order(key(a), key(b)) || a.rank - b.rank);
    }
    return kept;
  };

  // A flat list of headings and rows, so that any part of it can be drawn.
  const arrange = (kept) => {
    const mode = byId("group").value;
    if (mode === "secret") return kept;
    const groups = new Map();
    const put = (key, row) => {
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(row);
    };
    for (const row of kept) {
      if (mode === "detector") {
        put(row.finding.title + "\n" + row.finding.detector, row);
        continue;
      }
      for (const path of new Set(row.places.map((place) => place.path))) {
        const places = row.places.filter((place) => place.path === path);
        put(path, { ...row, places, path: at(places[0]) });
      }
    }
    const list = [];
    for (const [key, members] of groups) list.push({ heading: key.split("\n"), members, mode }, ...members);
    return list;
  };

  const drawHeading = ({ heading, members, mode }) => {
    const worst = VERDICTS.find((verdict) => members.some((row) => row.finding.verdict === verdict));
    const name = mode === "file" ? [make("code", {}, heading[0])] : [heading[0], " ", make("code", { class: "soft" }, heading[1])];
    const cell = make("th", { colspan: 5, scope: "rowgroup" }, name, badge(worst),
      make("span", { class: "soft small" }, count(members.length, "finding")));
    return make("tr", { class: "group" }, cell);
  };

  const drawRow = (row) => {
    const { finding, places } = row;
    const open = make("button", { class: "open-row", type: "button", "aria-expanded": "false" }, finding.title);
    const tags = [row.inTree && "tree", row.inHistory && "history"].filter(Boolean);
    const tr = make("tr", { class: "row" },
      make("td", {}, badge(finding.verdict)),
      make("td", { class: "severity" }, finding.severity),
      make("td", {}, open, make("div", { class: "under" },
        make("code", {}, finding.detector), make("code", { class: "value" }, finding.redacted))),
      make("td", {}, make("code", {}, row.path), make("div", { class: "soft small" },
        tags.map((tag) => [make("span", { class: "tag" }, tag), " "]).flat(),
        places.length > 1 && `and ${count(places.length - 1, "other place")}`)),
      make("td", { class: "date" }, row.date || "—"));
    tr.addEventListener("click", (event) => {
      if (event.target === open || !String(getSelection())) toggle(tr, row, open);
    });
    return tr;
  };

  const toggle = (tr, row, open) => {
    const isOpen = tr.classList.toggle("open");
    open.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) tr.after(drawDetail(row));
    else tr.nextElementSibling.remove();
  };

  const utf8 = { to: new TextEncoder(), from: new TextDecoder() };
  const drawSnippet = (place, verdict) => {
    const bytes = utf8.to.encode(place.snippet);
    const part = (start, end) => utf8.from.decode(bytes.subarray(start, end));
    return make("pre", { class: verdict }, part(0, place.snippet_start),
      make("mark", {}, part(place.snippet_start, place.snippet_end)), part(place.snippet_end));
  };

  const drawPlace = (place, verdict) => {
    const commit = place.commit;
    const tags = commit
      ? [make("code", { class: "soft" }, commit.id.slice(0, 8)), make("span", { class: "soft small" }, commit.date.slice(0, 10)),
        commit.versions > 1 && make("span", { class: "tag" }, `${commit.versions} versions`),
        make("span", { class: "tag" }, commit.in_head ? "still in HEAD" : "no longer in HEAD")]
      : [make("span", { class: "tag" }, "tree")];
    return make("li", {}, make("div", { class: "at" }, make("code", {}, at(place)), tags),
      place.snippet && drawSnippet(place, verdict));
  };

  const drawPlaces = ({ places, finding }) => {
    const list = make("ul", { class: "places" });
    const draw = (from, to) => list.append(...places.slice(from, to).map((place) => drawPlace(place, finding.verdict)));
    draw(0, PLACES);
    const section = make("section", {}, make("h3", {}, count(places.length, "place")), list);
    if (places.length > PLACES) {
      const rest = make("button", { type: "button", class: "more" }, `Show ${places.length - PLACES} more`);
      rest.addEventListener("click", () => { draw(PLACES); rest.remove(); });
      section.append(rest);
    }
    return section;
  };

  const drawDetail = (row) => {
    const { finding } = row;
    const link = /^https?:\/\//.test(finding.source)
      ? make("a", { href: finding.source, rel: "noopener noreferrer", target: "_blank" }, finding.source) : finding.source;
    const facts = [["Detector", make("code", {}, finding.detector)], ["Issuer", finding.provider],
      ["Severity", finding.severity], finding.also.length ? ["Also", make("code", {}, finding.also.join(", "))] : [],
      ["Fingerprint", make("code", {}, finding.fingerprint)], ["Format", link]].filter((fact) => fact.length);
    const left = make("div", {},
      make("section", {}, make("h3", {}, "What to do"), make("p", { class: "act" }, finding.remediation)),
      finding.reasons.length > 0 && make("section", {}, make("h3", {}, `Why ${finding.verdict}`),
        make("ul", {}, finding.reasons.map((reason) => make("li", {}, reason)))),
      make("section", {}, make("h3", {}, "Facts"),
        make("dl", {}, facts.map(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]).flat())));
    return make("tr", { class: "detail" }, make("td", { colspan: 5 }, make("div", { class: "panes" }, left, drawPlaces(row))));
  };

  const drawMore = (number) => {
    const part = items.slice(drawn, drawn + number);
    body.append(...part.map((item) => (item.heading ? drawHeading(item) : drawRow(item))));
    drawn += part.length;
    more.hidden = drawn >= items.length;
  };

  const draw = () => {
    const kept = chosen();
    items = arrange(kept);
    drawn = 0;
    body.replaceChildren();
    drawMore(STEP);
    byId("empty").hidden = kept.length > 0;
    byId("shown").textContent = kept.length === rows.length ? count(rows.length, "finding") : `${kept.length} of ${count(rows.length, "finding")}`;
  };

  const sortBy = (th) => {
    const key = th.dataset.sort;
    // Up, down, and back to the order of the report.
    if (state.sort !== key) Object.assign(state, { sort: key, down: false });
    else if (!state.down) state.down = true;
    else state.sort = "";
    for (const other of document.querySelectorAll("th[data-sort]")) {
      const isSorted = other === th && state.sort;
      other.setAttribute("aria-sort", isSorted ? (state.down ? "descending" : "ascending") : "none");
    }
    draw();
  };

  const offerChoices = () => {
    const tally = (key) => {
      const numbers = new Map();
      for (const { finding } of rows) numbers.set(finding[key], (numbers.get(finding[key]) || 0) + 1);
      return numbers;
    };
    const [verdicts, severities, detectors] = ["verdict", "severity", "detector"].map(tally);
    const option = (numbers) => (value) => make("option", { value }, `${value} (${numbers.get(value)})`);
    byId("severity").append(...SEVERITIES.filter((one) => severities.has(one)).map(option(severities)));
    byId("detector").append(...[...detectors.keys()].sort().map(option(detectors)));
    for (const verdict of VERDICTS.filter((one) => verdicts.has(one))) {
      const chip = make("button", { type: "button", class: verdict, "aria-pressed": "true" }, `${verdict} ${verdicts.get(verdict)}`);
      chip.addEventListener("click", () => {
        if (!state.verdicts.delete(verdict)) state.verdicts.add(verdict);
        chip.setAttribute("aria-pressed", String(state.verdicts.has(verdict)));
        draw();
      });
      byId("verdicts").append(chip);
    }
  };

  const offerTimeline = () => {
    const bars = [...document.querySelectorAll(".timeline .bar")];
    for (const bar of bars) {
      for (const [key, value] of [["role", "button"], ["tabindex", "0"], ["aria-pressed", "false"]]) bar.setAttribute(key, value);
      const choose = () => {
        const isChosen = state.from === bar.dataset.from;
        Object.assign(state, isChosen ? { from: "", to: "" } : { from: bar.dataset.from, to: bar.dataset.to });
        for (const other of bars) other.setAttribute("aria-pressed", String(other === bar && !isChosen));
        bar.closest(".timeline").classList.toggle("chosen", !isChosen);
        draw();
      };
      bar.addEventListener("click", choose);
      bar.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(); }
      });
    }
  };

  const move = (step) => {
    const stops = [...body.querySelectorAll(".open-row")];
    const now = stops.indexOf(document.activeElement);
    if (now + step >= stops.length && !more.hidden) {
      drawMore(STEP);
      return move(step);
    }
    const next = stops[now < 0 ? 0 : Math.min(Math.max(now + step, 0), stops.length - 1)];
    if (next) { next.focus(); next.scrollIntoView({ block: "nearest" }); }
  };

  const obeyKey = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const filter = byId("filter");
    const isTyping = event.target.matches("input, select");
    if (event.key === "Escape" && event.target === filter) {
      filter.value = "";
      draw();
    } else if (event.key === "ArrowDown" && event.target === filter) {
      event.preventDefault();
      move(0);
    } else if (isTyping) {
      return;
    } else if (event.key === "/") {
      event.preventDefault();
      filter.focus();
    } else if (event.key === "j" || event.key === "k") {
      move(event.key === "j" ? 1 : -1);
    } else if (event.target.matches(".open-row") && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    }
  };

  const offerTheme = () => {
    const root = document.documentElement;
    const dark = matchMedia("(prefers-color-scheme: dark)");
    // A page opened from a file may have no storage.
    const stored = (value) => {
      try { return value ? localStorage.setItem("outgate-theme", value) : localStorage.getItem("outgate-theme"); } catch { return null; }
    };
    if (["light", "dark"].includes(stored())) root.dataset.theme = stored();
    byId("theme").hidden = false;
    byId("theme").addEventListener("click", () => {
      const isDark = root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;
      root.dataset.theme = isDark ? "light" : "dark";
      stored(root.dataset.theme);
    });
  };

  offerTheme();
  if (!rows.length) return;
  offerChoices();
  offerTimeline();
  for (const th of document.querySelectorAll("th[data-sort]")) {
    const button = make("button", { type: "button" }, th.textContent);
    th.replaceChildren(button);
    th.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => sortBy(th));
  }
  for (const id of ["filter", "severity", "detector", "source", "group"]) byId(id).addEventListener("input", draw);
  byId("tools").addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", () => drawMore(STEP));
  new IntersectionObserver((seen) => { if (seen.some((one) => one.isIntersecting)) drawMore(STEP); }, { rootMargin: "600px" }).observe(more);
  addEventListener("beforeprint", () => drawMore(items.length));
  addEventListener("keydown", obeyKey);
  byId("tools").hidden = false;
  byId("counts").hidden = false;
  draw();
  document.documentElement.classList.remove("busy");
})();
