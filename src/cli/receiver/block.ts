import { type Paint, printable } from "../terminal.ts";
import { indentJson } from "./indent.ts";

/** One request as the receiver saw it. */
export interface Arrival {
  at: Date;
  method: string;
  path: string;
  id: string | undefined;
  body: string;
  /** How often this webhook-id has come to this path, this time included. */
  times: number;
  signature: SignatureFinding;
  answered: number;
}

export type SignatureFinding =
  | { verdict: "holds"; version: string; secret: string }
  | { verdict: "fails"; reason: string }
  | { verdict: "unchecked" };

const maxLines = 40;
const maxLineLength = 400;

/** The lines that a person reads about one request. */
export function block(arrival: Arrival, paint: Paint): string {
  const { at, method, path, id, body, times, answered } = arrival;
  const type = eventTypeOf(body);
  const title = paint.bold(printable(type ?? `${method} ${path}`));
  const name = id === undefined ? "without a webhook-id" : paint.dim(printable(id));
  const where = path === "/" ? "" : ` at ${printable(path)}`;
  const seen = times > 1 ? paint.warn(`time ${times}: sent again, by a retry or a redelivery`) : "for the first time";
  return [
    `${paint.dim(at.toISOString().slice(11, 23))}  ${title}  ${name}`,
    `  signature  ${describe(arrival.signature, paint)}`,
    ...(id === undefined ? [] : [`  arrived    ${seen}${where}`]),
    `  answered   ${answered < 300 ? paint.good(String(answered)) : paint.warn(String(answered))}`,
    ...shown(body).map((line, index) => `${index === 0 ? "  body       " : "             "}${line}`),
    "",
  ].join("\n");
}

function describe(finding: SignatureFinding, paint: Paint): string {
  if (finding.verdict === "holds") return `${paint.good("holds")} (${finding.version}, ${finding.secret})`;
  if (finding.verdict === "fails") return paint.bad(`does NOT hold: ${printable(finding.reason)}`);
  return paint.warn("not checked: give the endpoint's secret with --secret");
}

// The formats standard, cloudevents and thin all have it; native is whatever the publisher made.
function eventTypeOf(body: string): string | undefined {
  const parsed = parse(body);
  if (typeof parsed !== "object" || parsed === null || !("type" in parsed)) return undefined;
  return typeof parsed.type === "string" ? parsed.type : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function shown(body: string): string[] {
  if (body === "") return ["(empty)"];
  const laidOut = parse(body) === undefined ? body : indentJson(body);
  const lines = laidOut.split("\n");
  const kept = lines.slice(0, maxLines).map((line) => printable(clip(line)));
  return lines.length > maxLines ? [...kept, `… ${lines.length - maxLines} more lines`] : kept;
}

function clip(line: string): string {
  return line.length > maxLineLength
    ? `${line.slice(0, maxLineLength)}… (${line.length - maxLineLength} more characters)`
    : line;
}
