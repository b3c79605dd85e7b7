import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "#domain/clock.ts";
import { runSequence } from "./sequence.ts";
import { createWorld, type World } from "./world.ts";

// Services and database through random sequences, against the model of model.ts. POSTHORN_MODEL_SEQUENCES=5000 runs as many,
// POSTHORN_MODEL_SEED=… the one that a failure has named.
const base = 1_000_000;
const seed = process.env.POSTHORN_MODEL_SEED;
const sequences = Number(process.env.POSTHORN_MODEL_SEQUENCES ?? 300);
/** The last one is another in every run. */
const seeds =
  seed === undefined
    ? [...Array.from({ length: sequences - 1 }, (_, i) => base + i), systemClock() % 0x7fff_ffff]
    : [Number(seed)];

const worlds: World[] = [];
beforeAll(async () => {
  // Three at a time: one thinks while the others' databases work.
  for (let n = 0; n < Math.min(3, seeds.length); n++) worlds.push(await createWorld());
});
afterAll(async () => {
  await Promise.all(worlds.map((world) => world.close()));
});

test(
  "whatever is done in whatever order, nothing is lost, doubled, stuck or out of order",
  async () => {
    const left = seeds.values();
    const broken: string[] = [];
    let run = 0;
    await Promise.all(
      worlds.map(async (world) => {
        for (const next of left) {
          if (broken.length >= 3) return;
          run++;
          await runSequence(world, next).catch((error: unknown) => broken.push(String(error)));
        }
      }),
    );
    expect(broken.join("\n\n")).toBe("");
    expect(run).toBe(seeds.length);
  },
  60_000 + sequences * 2_000,
);
