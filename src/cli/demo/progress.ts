import { type Paint, thousands } from "../terminal.ts";

/** How far the events of one tenant, or of several, are. */
export interface Progress {
  name: string;
  published: number;
  /** Accepted by the receiver. */
  delivered: number;
  /** Given up by the gateway. */
  failed: number;
  /** Requests that the receiver made fail. */
  troubled: number;
}

const barWidth = 28;
const plainEveryMs = 2000;

/** Shows progress: a bar for each tenant that is drawn over itself on a terminal, a plain line now and then elsewhere. */
export function createProgress(stream: NodeJS.WriteStream, paint: Paint, nowMs: () => number) {
  const startedMs = nowMs();
  let drawn = 0;
  let shownMs = Number.NEGATIVE_INFINITY;

  function draw(tenants: readonly Progress[]): void {
    const lines = tenants.map((tenant) => bar(tenant, paint));
    const up = drawn === 0 ? "" : `\u001B[${drawn}A`;
    stream.write(`${up}${lines.map((line) => `\u001B[2K${line}\n`).join("")}`);
    drawn = lines.length;
  }

  function tell(tenants: readonly Progress[], isLast: boolean): void {
    const isEarly = tenants.every(({ published }) => published === 0) || nowMs() - shownMs < plainEveryMs;
    if (isEarly && !isLast) return;
    shownMs = nowMs();
    const seconds = `${Math.round((shownMs - startedMs) / 1000)} s`.padStart(6);
    stream.write(`${seconds}  ${tenants.map((tenant) => `${tenant.name} ${counts(tenant)}`).join("; ")}\n`);
  }

  return (tenants: readonly Progress[], isLast = false): void => (stream.isTTY ? draw(tenants) : tell(tenants, isLast));
}

function bar(tenant: Progress, paint: Paint): string {
  const cells = (n: number): number => Math.floor((barWidth * n) / Math.max(1, total(tenant)));
  const good = cells(tenant.delivered);
  const bad = Math.min(barWidth - good, cells(tenant.failed));
  const rest = barWidth - good - bad;
  const filled = `${paint.good("█".repeat(good))}${paint.bad("▒".repeat(bad))}${paint.dim("░".repeat(rest))}`;
  return `  ${tenant.name.padEnd(8)} ${filled}  ${counts(tenant)}`;
}

/** What arrived was published, though its 202, or the gateway's word that it was derived, may not be here yet. */
function total({ published, delivered }: Progress): number {
  return Math.max(published, delivered);
}

function counts(tenant: Progress): string {
  const { delivered, failed, troubled } = tenant;
  const parts = [
    `${thousands(delivered)} of ${thousands(total(tenant))} delivered`,
    ...(failed > 0 ? [`${thousands(failed)} given up`] : []),
    ...(troubled > 0 ? [`${thousands(troubled)} first tries failed`] : []),
  ];
  return parts.join(", ");
}
