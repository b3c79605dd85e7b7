import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished } from "vitest";
import { z } from "zod";
import { operatorKey, type ApiProcess } from "#test/processes.ts";
import { until } from "#test/until.ts";
import { loadType } from "../harness/audience.ts";
import { describeFaults } from "../harness/describe.ts";
import type { Audience, Scenario } from "../harness/scenario.ts";

const headers = { authorization: `Bearer ${operatorKey}`, "content-type": "application/json" };

const fiftyAtOnce: Scenario = {
  name: "the same event from 50 publishers at once, by its id and by an Idempotency-Key",
  fast: true,
  async run(stage) {
    const audience = await stage.audience({ endpointsPerTenant: [1] });
    const { tenantId, endpointIds } = theTenant(audience);
    const gateway = await stage.gateway();
    const api = await stage.api();
    await stage.deliverer();
    stage.faultBegins();
    for (const [event, key] of [
      [{ type: loadType, tenantId, id: "the-same", data: { n: 1 } }, {}],
      [{ type: loadType, tenantId, data: { n: 2 } }, { "idempotency-key": "the-same" }],
    ] as const) {
      const body = JSON.stringify(event);
      const post = () => fetch(`${api.url}/v1/events`, { method: "POST", headers: { ...headers, ...key }, body });
      const answers = await Promise.all(Array.from({ length: 50 }, post));
      const texts = await Promise.all(answers.map((answer) => answer.text()));
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 202));
      expect(new Set(texts).size).toBe(1);
      const replayed = answers.filter((answer) => answer.headers.get("idempotent-replayed") === "true");
      expect(replayed).toHaveLength(49);
      stage.acknowledged({ id: idIn(texts[0] ?? ""), tenantId, endpointIds, at: Date.now() });
    }
    stage.expectNothingTwice();
    const [row] = await gateway.rows("select count(*)::int as events from posthorn.events");
    expect(row).toEqual({ events: 2 });
    stage.remark("100 × 202, 98 of them replayed; two events");
  },
};

const batchWithoutAnswer: Scenario = {
  name: "batches whose connection dies before the answer, sent again under the same key",
  fast: true,
  async run(stage) {
    const audience = await stage.audience({ endpointsPerTenant: [1] });
    const { tenantId, endpointIds } = theTenant(audience);
    const gateway = await stage.gateway();
    const api = await stage.api();
    await stage.deliverer();
    const each = 50;
    let [batches, unanswered, recognised] = [0, 0, 0];
    stage.faultBegins();
    // On a slow machine the first few are not written when their connection dies, and then there are more.
    for (; batches < 10 || (recognised === 0 && batches < 60); batches++) {
      const batch = batches;
      const events = Array.from({ length: each }, (_, n) => ({
        type: loadType,
        tenantId,
        data: { n: batch * each + n },
      }));
      const body = JSON.stringify({ events });
      // At once, and a little later each time: before, while and after it is written.
      const isAnswered = await sendAndHangUp(api, body, `batch-${batch}`, batch * 4);
      if (!isAnswered) unanswered++;
      const saidAgainAt = Date.now();
      const again = await fetch(`${api.url}/v1/events/batch`, {
        method: "POST",
        headers: { ...headers, "idempotency-key": `batch-${batch}` },
        body,
      });
      expect(again.status).toBe(202);
      const { data } = batchAnswer.parse(await again.json());
      // A batch's answer has no header that says so: its events were accepted before it was said again.
      if (!isAnswered && data.every(({ acceptedAt }) => acceptedAt.getTime() < saidAgainAt)) recognised++;
      for (const { id } of data) stage.acknowledged({ id, tenantId, endpointIds, at: Date.now() });
    }
    stage.expectNothingTwice();
    expect(recognised, "batches that were written, not answered, and recognised").toBeGreaterThan(0);
    const count = async (): Promise<number> =>
      (await gateway.rows<{ count: number }>("select count(*)::int as count from posthorn.events"))[0]?.count ?? 0;
    await until(async () => (await count()) === batches * each, { what: "each event is there once" });
    stage.remark(`${unanswered} of ${batches} batches of ${each} had no answer the first time`);
    stage.remark(`${recognised} of those were there already the second time`);
  },
};

const batchAnswer = z.object({ data: z.array(z.object({ id: z.string(), acceptedAt: z.coerce.date() })) });

function idIn(text: string): string {
  return z.object({ id: z.string() }).parse(JSON.parse(text)).id;
}

function theTenant({ endpointsOf }: Audience): { tenantId: string; endpointIds: string[] } {
  const [[tenantId, endpoints] = ["", []]] = [...endpointsOf];
  return { tenantId, endpointIds: endpoints.map(({ id }) => id) };
}

/** Sends a whole batch and resets the connection `afterMs` later. Whether an answer had begun to come by then. */
async function sendAndHangUp(api: ApiProcess, body: string, key: string, afterMs: number): Promise<boolean> {
  const socket = connect(api.port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  let isAnswered = false;
  socket.on("data", () => (isAnswered = true));
  const lines = Object.entries({ ...headers, host: "posthorn", "idempotency-key": key, "content-length": body.length });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  await new Promise<void>((resolve) =>
    socket.write(`POST /v1/events/batch HTTP/1.1\r\n${head}\r\n${body}`, () => resolve()),
  );
  await delay(afterMs);
  socket.resetAndDestroy();
  return isAnswered;
}

describeFaults("publishers", [fiftyAtOnce, batchWithoutAnswer]);
