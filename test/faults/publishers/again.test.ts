import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished } from "vitest";
import { z } from "zod";
import type { Gateway } from "#test/gateway.ts";
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
    const [each, batches] = [50, 20];
    let recognised = 0;
    const isWritten = async (count: number): Promise<boolean> => (await countEvents(gateway)) >= count;
    stage.faultBegins();
    for (let batch = 0; batch < batches; batch++) {
      const events = Array.from({ length: each }, (_, n) => ({
        type: loadType,
        tenantId,
        data: { n: batch * each + n },
      }));
      const body = JSON.stringify({ events });
      const isLate = batch % 2 === 1;
      // Early ones at once, and a little later each time: before and while it is written. Late ones when it is there.
      const moment = isLate
        ? () => until(() => isWritten((batch + 1) * each), { what: `batch ${batch} is written` })
        : () => delay(batch * 2);
      await sendAndHangUp(api, body, `batch-${batch}`, moment);
      const saidAgainAt = Date.now();
      const again = await fetch(`${api.url}/v1/events/batch`, {
        method: "POST",
        headers: { ...headers, "idempotency-key": `batch-${batch}` },
        body,
      });
      expect(again.status).toBe(202);
      const { data } = batchAnswer.parse(await again.json());
      // A batch's answer has no header that says so: its events were accepted before it was said again.
      const isRecognised = data.every(({ acceptedAt }) => acceptedAt.getTime() < saidAgainAt);
      if (isRecognised) recognised++;
      if (isLate) expect(isRecognised, `batch ${batch} was there already`).toBe(true);
      for (const { id } of data) stage.acknowledged({ id, tenantId, endpointIds, at: Date.now() });
    }
    stage.expectNothingTwice();
    await until(() => isWritten(batches * each), { what: "each event is there" });
    expect(await countEvents(gateway)).toBe(batches * each);
    stage.remark(`${batches} batches of ${each} had no answer the first time`);
    stage.remark(`${recognised} of those were there already the second time`);
  },
};

async function countEvents(gateway: Gateway): Promise<number> {
  const [row] = await gateway.rows<{ count: number }>("select count(*)::int as count from posthorn.events");
  return row?.count ?? 0;
}

const batchAnswer = z.object({ data: z.array(z.object({ id: z.string(), acceptedAt: z.coerce.date() })) });

function idIn(text: string): string {
  return z.object({ id: z.string() }).parse(JSON.parse(text)).id;
}

function theTenant({ endpointsOf }: Audience): { tenantId: string; endpointIds: string[] } {
  const [[tenantId, endpoints] = ["", []]] = [...endpointsOf];
  return { tenantId, endpointIds: endpoints.map(({ id }) => id) };
}

/** Sends a whole batch and resets the connection at that moment, whether or not an answer has come to it: nobody reads it. */
async function sendAndHangUp(
  api: ApiProcess,
  body: string,
  key: string,
  moment: () => Promise<unknown>,
): Promise<void> {
  const socket = connect(api.port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  const lines = Object.entries({ ...headers, host: "posthorn", "idempotency-key": key, "content-length": body.length });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  await new Promise<void>((resolve) =>
    socket.write(`POST /v1/events/batch HTTP/1.1\r\n${head}\r\n${body}`, () => resolve()),
  );
  await moment();
  socket.resetAndDestroy();
}

describeFaults("publishers", [fiftyAtOnce, batchWithoutAnswer]);
