// A caller of the API who notes how it answers while the database is away.
import { operatorKey } from "#test/processes.ts";
import { until } from "#test/until.ts";

/** How the API promises to refuse at the latest, whatever it asks of the database: a publish with a key needs the key, and then the commit. */
const promisedMs = 2_000;
const everyMs = 400;
/** The call that needs no database. */
const alive = "alive?";

export interface Witness {
  /** Calls no more; resolves when the last is answered. */
  stop(): Promise<void>;
  /** Answers so far that were 503. */
  refusals(): number;
  /**
   * Fails where an answer was neither what was asked for nor a 503 problem with `retry-after`, or where a refusal took longer than
   * promised beside what /healthz took meanwhile, which needs no database: a machine may be too busy for any answer. Returns the slowest
   * refusal, milliseconds, that included.
   */
  verdict(): number;
}

interface Call {
  readonly name: string;
  readonly path: string;
  readonly key: string;
  readonly body?: object;
}

interface Answer {
  readonly name: string;
  readonly status: number;
  readonly type: string;
  readonly retryAfter: string;
  readonly text: string;
  readonly begunAt: number;
  readonly ms: number;
}

/**
 * Calls two or three times a second: publishes as the operator and as a publisher whose key is in the database, reads, and asks whether it is
 * ready. Its events are a tenant's who has no endpoint, so that nobody misses them.
 */
export async function startWitness(api: () => string): Promise<Witness> {
  const key = await publisherKey(api());
  const event = { type: "witness.seen", tenantId: "witness", data: {} };
  await make(api(), "/v1/event-types", { name: event.type });
  const calls: readonly Call[] = [
    { name: "publish", path: "/v1/events", key: operatorKey, body: event },
    { name: "publish with a key", path: "/v1/events", key, body: event },
    { name: "publish a batch", path: "/v1/events/batch", key, body: { events: [event, event] } },
    { name: "list tenants", path: "/v1/tenants", key: operatorKey },
    { name: "ready?", path: "/readyz", key: operatorKey },
    { name: alive, path: "/healthz", key: operatorKey },
  ];
  // The API knows the event type then, and need not ask for it in mid-outage.
  for (const one of calls)
    await until(async () => (await call(api(), one)).status < 300, { deadlineMs: 30_000, what: one.name });
  const answers: Answer[] = [];
  const open = new Set<Promise<void>>();
  const timer = setInterval(() => {
    for (const one of calls) {
      const answered = call(api(), one).then((answer) => void answers.push(answer));
      open.add(answered);
      void answered.finally(() => open.delete(answered));
    }
  }, everyMs);
  const refused = (): Answer[] => answers.filter(({ status }) => status === 503);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
    },
    refusals: () => refused().length,
    verdict() {
      if (answers.length === 0) throw new Error("nothing was answered: this shows nothing");
      const late = refused().filter((answer) => answer.ms - busyMs(answer, answers) > promisedMs);
      const wrong = [...answers.filter((answer) => !isHonest(answer)), ...late];
      if (wrong.length > 0)
        throw new Error(`${wrong.length} wrong answers: ${wrong.slice(0, 5).map(sentence).join("; ")}`);
      return Math.max(0, ...refused().map(({ ms }) => ms));
    },
  };
}

/** What the slowest call without the database took that was under way at about the same time. */
function busyMs({ begunAt, ms }: Answer, answers: readonly Answer[]): number {
  const [from, to] = [begunAt - everyMs, begunAt + ms + everyMs];
  const beside = answers.filter(
    (other) => other.name === alive && other.begunAt < to && other.begunAt + other.ms > from,
  );
  return Math.max(0, ...beside.map((other) => other.ms));
}

function sentence({ name, status, ms, text }: Answer): string {
  return `${name} was answered ${status} after ${ms} ms: ${text.slice(0, 200)}`;
}

function isHonest({ status, type, retryAfter, text }: Answer): boolean {
  if (status === 200 || status === 202) return true;
  const code = /"code":"([^"]+)"/.exec(text)?.[1] ?? "";
  return status === 503 && type === "application/problem+json" && Number(retryAfter) >= 1 && code !== "";
}

async function call(api: string, { name, path, key, body }: Call): Promise<Answer> {
  const begunAt = performance.now();
  const answer = await ask(`${api}${path}`, key, body).catch((error: unknown) => ({
    ...noAnswer,
    text: String(error),
  }));
  return { name, ...answer, begunAt, ms: Math.round(performance.now() - begunAt) };
}

const noAnswer = { status: 0, type: "", retryAfter: "" };

async function ask(url: string, key: string, body: object | undefined) {
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  });
  const header = (name: string): string => response.headers.get(name) ?? "";
  return {
    status: response.status,
    type: header("content-type"),
    retryAfter: header("retry-after"),
    text: await response.text(),
  };
}

async function publisherKey(api: string): Promise<string> {
  const text = await make(api, "/v1/api-keys", { name: "witness", role: "publisher" });
  const key = /"token":"([^"]+)"/.exec(text)?.[1];
  if (key === undefined) throw new Error(`no key was made: ${text}`);
  return key;
}

function make(api: string, path: string, body: object): Promise<string> {
  const made = async (): Promise<string> => {
    const { status, text } = await ask(`${api}${path}`, operatorKey, body);
    return status === 201 ? text : "";
  };
  return until(made, { deadlineMs: 30_000, what: `${path} made ${JSON.stringify(body)}` });
}
