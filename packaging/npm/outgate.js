#!/usr/bin/env node
// Runs the binary of the package for this platform, which npm chose when it installed this one.
"use strict";

const { spawn } = require("node:child_process");
const os = require("node:os");

const binary = process.platform === "win32" ? "outgate.exe" : "outgate";
// An npm that does not know the field `libc` installs both packages of Linux; the static one runs everywhere.
const libcs = process.platform === "linux" ? ["-musl", "-gnu"] : [""];

function find() {
  for (const libc of libcs) {
    try {
      return require.resolve(`@outgate/${process.platform}-${process.arch}${libc}/bin/${binary}`);
    } catch (fault) {
      if (fault.code !== "MODULE_NOT_FOUND") throw fault;
    }
  }
  console.error(
    `error: there is no outgate for ${process.platform} on ${process.arch} here\n` +
      "  hint: install without --omit=optional, or see the releases for other ways"
  );
  process.exit(2);
}

let child;
// Whoever ends this process means the scan. The terminal sends ^C to both, and outgate answers for itself.
// Set before the scan starts, which else could outlive this process.
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
process.on("SIGINT", () => {});
child = spawn(find(), process.argv.slice(2), { stdio: "inherit" });
child.on("error", (fault) => {
  console.error(`error: cannot run outgate: ${fault.message}`);
  process.exit(2);
});
child.on("close", (code, signal) => {
  // The code a shell would report.
  process.exit(signal ? 128 + os.constants.signals[signal] : code);
});
