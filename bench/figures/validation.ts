import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { CatalogDocument } from "#domain/catalog/document.ts";
import { exampleDocument } from "#domain/catalog/envelope.ts";
import { monotonicMs } from "../clock.ts";
import { loadMessages, placeholder } from "../messages.ts";
import { endGateway } from "../profile.ts";
import type { Gateway } from "../rig/gateway.ts";
import { root } from "../rig/service.ts";
import { percentile } from "../statistics.ts";
import { type Finding, type Measuring, whole } from "./finding.ts";

const askedRatio = 1.3;

/** The same documents published into base-events, and into a copy of it whose types have no schema. Nobody subscribes, so that nothing else costs time. */
export async function measureValidation(measuring: Measuring): Promise<Finding> {
  const { amounts, rig, say } = measuring;
  const gateway = await rig.startGateway("validation");
  const work = { events: 0, fromMs: monotonicMs(), toMs: 0 };
  try {
    const checked = readCatalog();
    const unchecked = withoutSchemas(checked);
    for (const catalog of [checked, unchecked]) await gateway.call("PUT", `/v1/catalogs/${catalog.catalog}`, catalog);
    const documents = documentsOf(checked);
    const run = (catalog: string): Promise<number> => publish(measuring, gateway, catalog, documents);
    await run(checked.catalog);
    await run(unchecked.catalog);
    const seconds: { checked: number[]; unchecked: number[] } = { checked: [], unchecked: [] };
    for (let round = 0; round < amounts.rounds; round++) {
      seconds.unchecked.push(await run(unchecked.catalog));
      seconds.checked.push(await run(checked.catalog));
    }
    work.events = amounts.validationEvents * 2 * (amounts.rounds + 1);
    work.toMs = monotonicMs();
    const finding = toFinding(seconds, amounts.validationEvents);
    say(`validation: ${finding.measured}`);
    return finding;
  } finally {
    await endGateway(measuring, gateway, "validation", work);
  }
}

/** Without what a deliverer would have to look at before installing: none runs here. */
function readCatalog(): CatalogDocument {
  const text = readFileSync(join(root, "src/catalogs/base-events.yaml"), "utf8");
  return JSON.parse(JSON.stringify(parse(text)), (key, value: unknown) => (key === "downgrade" ? undefined : value));
}

function withoutSchemas(catalog: CatalogDocument): CatalogDocument {
  const types = catalog.types.map((type) => ({
    ...type,
    versions: type.versions.map((version) => ({ ...version, schema: true })),
  }));
  return { ...catalog, catalog: `${catalog.catalog}-unchecked`, types };
}

function documentsOf(catalog: CatalogDocument): string[] {
  return catalog.types.flatMap((type) =>
    type.versions.map((version) => {
      const document = exampleDocument(catalog, type, version);
      const { eventId }: { eventId: string } = JSON.parse(document);
      return document.replace(eventId, placeholder);
    }),
  );
}

async function publish(
  { rig, amounts }: Measuring,
  gateway: Gateway,
  catalog: string,
  documents: string[],
): Promise<number> {
  const native = { catalog, documents };
  const load = { ...gateway.target, connections: 4, perRequest: 100, count: amounts.validationEvents, native };
  const fromMs = monotonicMs();
  const { failed, firstFailure } = await rig.load.call(loadMessages.fill, load);
  if (failed > 0) throw new Error(`${failed} events were not accepted: ${firstFailure}`);
  return (monotonicMs() - fromMs) / 1000;
}

function toFinding(seconds: { checked: number[]; unchecked: number[] }, events: number): Finding {
  const [checked, unchecked] = [percentile(seconds.checked, 0.5), percentile(seconds.unchecked, 0.5)];
  const ratio = checked / unchecked;
  return {
    figure: `publishing ${whole(events)} events of base-events, with schemas ÷ without, time`,
    measured: `${ratio.toFixed(2)} (${checked.toFixed(2)} s ÷ ${unchecked.toFixed(2)} s)`,
    asked: `≤ ${askedRatio}`,
    met: ratio <= askedRatio,
    numbers: { ratio, seconds, events },
  };
}
