import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { expect, onTestFinished } from "vitest";
import { operatorKey, type ApiProcess } from "#test/processes.ts";
import { until } from "#test/until.ts";
import { loadType } from "../harness/audience.ts";
import { describeFaults } from "../harness/describe.ts";
import type { Scenario } from "../harness/scenario.ts";

const openForMs = 5_000;

const openTransaction: Scenario = {
  name: "a publisher in SQL leaves its transaction open for 5 s, on an id that others publish over HTTP",
  async run(stage) {
    const gateway = await stage.gateway();
    const audience = await stage.audience();
    const [[tenantId, endpoints] = ["", []]] = [...audience.endpointsOf];
    const endpointIds = endpoints.map(({ id }) => id);
    const api = await stage.api();
    await stage.deliverer();
    const load = stage.load(() => api.url, { perSecond: 20 });
    await until(() => load.acknowledged() > 20, { deadlineMs: 60_000, what: "publishers publish" });
    const client = new Client({ connectionString: gateway.url });
    client.on("error", () => {});
    await client.connect();
    onTestFinished(() => client.end());
    const [already, repeated] = [load.acknowledged(), load.repeated()];
    stage.faultBegins();
    await client.query("begin");
    const data = { n: "open" };
    await client.query(
      `select posthorn.publish(tenant_id => $1, type => $2, data => $3::json, id => 'open-for-long')`,
      [tenantId, loadType, JSON.stringify(data)],
    );
    const event = JSON.stringify({ type: loadType, tenantId, id: "open-for-long", data });
    const blocked = sayUntilAccepted(api, event);
    await delay(openForMs);
    await client.query("commit");
    stage.faultEnds();
    stage.acknowledged({ id: "open-for-long", tenantId, endpointIds, at: Date.now() });
    const { refused, replayed } = await blocked;
    expect(replayed).toBe(true);
    stage.expectNothingTwice();
    stage.remark(
      `who waited for it was refused ${refused} times, then given the same event; of the others ${load.acknowledged() - already} were accepted meanwhile and ${load.repeated() - repeated} publishes said again`,
    );
  },
};

/** Says it again until it is accepted, as a publisher does that got 503 or nothing. */
async function sayUntilAccepted(api: ApiProcess, body: string): Promise<{ refused: number; replayed: boolean }> {
  const headers = { authorization: `Bearer ${operatorKey}`, "content-type": "application/json" };
  for (let refused = 0; ; refused++) {
    const answer = await fetch(`${api.url}/v1/events`, { method: "POST", headers, body });
    await answer.text();
    if (answer.status === 202) return { refused, replayed: answer.headers.get("idempotent-replayed") === "true" };
    expect(answer.status).toBe(503);
    await delay(200);
  }
}

describeFaults("publishers", [openTransaction]);
