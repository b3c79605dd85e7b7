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
    expect(output).toMatch(/The books balance: 363 published = 297 delivered \+ 66 failed \+ 0 waiting\./);
    expect(output).toMatch(/healthy +171 +171 +171/);
    expect(child.exitCode).toBe(0);
    await until(() => clone.processes().length === 0, { what: "the demo's processes are gone" });
  },
);
