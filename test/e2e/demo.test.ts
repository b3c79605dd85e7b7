// `npm run demo` in a clone of its own: it starts the gateway, and everything is gone afterwards.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { freePort, makeClone } from "#test/clone.ts";
import { until } from "#test/until.ts";

test(
  "the demo starts a gateway, its books balance, and nothing of it is left running",
  { timeout: 150_000 },
  async () => {
    const clone = makeClone();
    const child = spawn("npm", ["run", "--silent", "demo", "--", "--events", "300"], {
      cwd: clone.directory,
      env: { ...process.env, PORT: String(await freePort()), NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const closed = once(child, "close");
    const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
    await closed;
    expect(errors).toBe("");
    // Of the sixty for the dead receiver a few are given up; the others wait behind its closed lane.
    const books = /The books balance: 596 published \+ 4 derived = 540 delivered \+ (\d+) failed \+ (\d+) waiting\./;
    const [, failed, waiting] = books.exec(output) ?? [];
    expect(Number(failed) + Number(waiting)).toBe(60);
    expect(rowsOf(output)).toEqual([
      // types, versions, published, derived, delivered; signed, bytes, schema
      ["alga-psa", 134, 134, 134, 0, 134, 134, 134, 134],
      ["base-events", 20, 21, 21, 0, 21, 21, 21, 21],
      ["contently", 100, 100, 100, 0, 100, 100, 100, 100],
      ["organization-notifications", 28, 28, 29, 4, 33, 33, 29, 33],
      ["user-management", 12, 12, 12, 0, 12, 12, 12, 12],
    ]);
    expect(child.exitCode).toBe(0);
    await until(() => clone.processes().length === 0, { what: "the demo's processes are gone" });
  },
);

/** The catalogs' lines of the closing table, as far as all is well in them. */
function rowsOf(output: string): (string | number)[][] {
  return [...output.matchAll(/^✓ ([a-z-]+)((?: +[\d,]+){8})$/gm)]
    .map(([, name = "", numbers = ""]) => [name, ...numbers.trim().split(/ +/).map(Number)])
    .filter(([name]) => !["catalogs", "flaky", "dead"].includes(String(name)));
}
