// The demo as a process, against gateways that lie or are none.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { text } from "node:stream/consumers";
import { onTestFinished, expect, test } from "vitest";

interface FakeAnswer {
  status: number;
  body: unknown;
}

async function serve(answer: (path: string, body: string) => FakeAnswer, headers = { "x-request-id": "req_1" }) {
  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { status, body } = answer(request.url ?? "", await text(request));
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  };
  const server = createServer((request, response) => void reply(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
}

async function demo(...args: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ["src/cli/demo.ts", "--key", "k".repeat(32), ...args]);
  onTestFinished(() => void child.kill());
  const closed = once(child, "close");
  const [out, error] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await closed;
  return { code: child.exitCode, output: out + error };
}

const installed = {
  status: 200,
  body: { catalog: "any", revision: 1, changed: false, diff: { added: [], changed: [], removed: [], breaking: [] } },
};

/** Says that everything was delivered, and sends nothing. */
function lyingGateway() {
  const published: { id: string; tenantId: string }[] = [];
  const accept = (document: string): { id: string } => {
    const [, id = ""] = /"(demo_\w{6}_(?:[a-z-]+_)?(?:\d+|trigger))"/.exec(document) ?? [];
    const [, tenantId = ""] = /"(demo_\w{6}_[a-z-]+)"/.exec(document) ?? [];
    published.push({ id, tenantId });
    return { id };
  };
  return (path: string, body: string): FakeAnswer => {
    if (/^\/v1\/catalogs\/[^/]+$/.test(path)) return installed;
    if (path.endsWith("/endpoints")) return { status: 201, body: { id: "ep_1", secret: `whsec_${"A".repeat(32)}` } };
    if (path.endsWith("/events")) return { status: 202, body: answerTo(body, accept) };
    const trigger = published.find(({ id }) => id.endsWith("_trigger"));
    if (path.includes("/events/evt_")) return { status: 200, body: { metadata: { derivedFrom: trigger?.id } } };
    const tenant = /^\/v1\/tenants\/([^/]+)\/deliveries/.exec(path)?.[1];
    const mine = published.filter(({ tenantId }) => tenantId === tenant).map(({ id }) => id);
    const derived = trigger?.tenantId === tenant ? ["evt_1", "evt_2", "evt_3", "evt_4"] : [];
    const data = [...mine, ...derived].map((eventId) => ({ eventId, status: "delivered" }));
    return { status: 200, body: { data, nextCursor: null } };
  };
}

/** One document is answered with its acknowledgement, a list with a list. */
function answerTo(body: string, accept: (document: string) => unknown): unknown {
  if (!body.startsWith("[")) return accept(body);
  const documents: unknown[] = JSON.parse(body);
  return { data: documents.map((document) => accept(JSON.stringify(document))) };
}

test("the exit code is 1, and the table says why, when the gateway calls delivered what no receiver saw", async () => {
  const { code, output } = await demo("--url", await serve(lyingGateway()), "--events", "20");
  expect(output).toContain("delivered, says the gateway, but the receiver never accepted it");
  expect(output).toContain("The books do NOT balance");
  expect(output).toContain("✗ alga-psa");
  expect(output).toContain("Not as its catalog says: alga-psa, base-events,");
  expect(code).toBe(1);
});

test("a catalog that the gateway refuses is named, with what it would break", async () => {
  const errors = [{ pointer: "/types/0", detail: "is not there any more" }];
  const refusal = {
    status: 409,
    body: { code: "breakingChange", detail: "It would break what is published.", errors },
  };
  const origin = await serve((path) => (path.startsWith("/v1/catalogs/") ? refusal : { status: 200, body: {} }));
  const { code, output } = await demo("--url", origin);
  expect(output).toContain("The gateway does not take the catalog alga-psa: It would break what is published.");
  expect(output).toContain("/types/0  is not there any more");
  expect(code).toBe(1);
});

test("a gateway that lets no delivery reach loopback is explained in a sentence", async () => {
  const refusal = { status: 422, body: { code: "forbiddenUrl", detail: "must use https" } };
  const origin = await serve((path) => (path.endsWith("/endpoints") ? refusal : installed));
  const { code, output } = await demo("--url", origin);
  expect(output).toContain("Start it with POSTHORN_ALLOW_TARGETS=127.0.0.0/8 for the demo.");
  expect(code).toBe(1);
});

test("a wrong operator key is explained in a sentence", async () => {
  const refusal = { status: 401, body: { code: "unauthorized", detail: "no such key" } };
  const origin = await serve((path) => (path === "/readyz" ? { status: 200, body: {} } : refusal));
  const { code, output } = await demo("--url", origin);
  expect(output).toContain("The gateway refuses the operator key");
  expect(code).toBe(1);
});

test("an address where nothing answers, or something else does, is named", async () => {
  expect((await demo("--url", "http://127.0.0.1:9")).output).toContain("No gateway answers at http://127.0.0.1:9");
  const other = await serve(() => ({ status: 200, body: {} }), { "x-request-id": "" });
  expect((await demo("--url", other)).output).toContain("is not Posthorn");
});
