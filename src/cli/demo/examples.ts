import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/** One event of a document, as `POST /v1/events` takes it, less its tenant and its id. */
export interface Example {
  type: string;
  category: string | undefined;
  description: string | undefined;
  source: string | undefined;
  userId: string | undefined;
  correlationId: string | undefined;
  data: unknown;
}

export interface ExampleDocument {
  document: string;
  examples: Example[];
}

const schema = z.strictObject({
  document: z.string(),
  convention: z.string(),
  // Whether the event's whole text is published as `data`, or its own member `data`.
  published: z.enum(["event", "data"]),
  events: z.array(
    z.strictObject({
      type: z.string(),
      category: z.string().optional(),
      description: z.string().optional(),
      event: z.looseObject({
        source: z.string().optional(),
        userId: z.string().optional(),
        correlationId: z.string().optional(),
        data: z.unknown().optional(),
      }),
    }),
  ),
});

const folder = new URL("../../catalogs/examples/", import.meta.url);

/** The example events of the five documents in src/catalogs/examples. */
export function readExamples(): ExampleDocument[] {
  const names = readdirSync(fileURLToPath(folder)).filter((name) => name.endsWith(".json"));
  return names.toSorted().map((name) => {
    const { document, published, events } = schema.parse(JSON.parse(readFileSync(new URL(name, folder), "utf8")));
    const examples = events.map(({ type, category, description, event }) => {
      const { source, userId, correlationId, data } = event;
      return { type, category, description, source, userId, correlationId, data: published === "data" ? data : event };
    });
    return { document, examples };
  });
}
