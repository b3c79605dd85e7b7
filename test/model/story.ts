import type { Look, SeenDelivery } from "./look.ts";

/** What was done, and how everything looked after it: for whoever has to find out why something broke. */
export class Story {
  readonly #done: string[] = [];
  readonly #looks: { readonly after: number; readonly look: Look }[] = [];

  tell(what: string): void {
    this.#done.push(what);
  }

  saw(look: Look): void {
    this.#looks.push({ after: this.#done.length, look });
  }

  /** The last steps, and the lives of the deliveries that are named in a message. */
  endingWith(message: string): string {
    const first = Math.max(0, this.#done.length - 30);
    const steps = this.#done.slice(first).map((what, i) => `  ${first + i + 1}. ${what}`);
    const named = new Set(message.match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? []);
    return ["The last steps:", ...steps, ...[...named].flatMap((id) => this.#life(id))].join("\n");
  }

  #life(id: string): string[] {
    const lines = [`The life of ${id}:`];
    let before = "";
    for (const { after, look } of this.#looks) {
      const row = look.deliveries.find((one) => one.id === id);
      const now = row === undefined ? "" : describe(row, look);
      if (now !== before) lines.push(`  ${after}. ${now}`);
      before = now;
    }
    return lines.length === 1 ? [] : lines;
  }
}

function describe(row: SeenDelivery, look: Look): string {
  const lane = look.lanes.find(({ endpoint }) => endpoint === row.endpoint);
  const jobs = look.jobs.filter((job) => job.id === row.id).map((job) => ` job ${job.locked_by ?? "free"}`);
  const flags = `${row.admitted ? " admitted" : ""}${row.blocks ? " blocks" : ""}`;
  return `${row.status}${flags} after ${row.attempts} attempts${jobs.join()}; event ${row.event} key ${row.key ?? "-"} at ${row.at}; endpoint ${row.endpoint} ${lane?.mode} ${lane?.shown ?? "open"}`;
}
