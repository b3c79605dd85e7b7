// What any deliverer must do at least: sign with a key that is ready, POST, read the status. No database, no queue, no records.
import { Pool } from "undici";
import { generateSecret, importSigningKey, sign } from "#verify/index.ts";
import { bareMessages } from "../messages.ts";
import { on, serve } from "../rig/serve.ts";

serve(
  on(bareMessages.run, async ({ url, body, count, sockets }) => {
    const { origin, pathname: path } = new URL(url);
    const pool = new Pool(origin, { connections: sockets, pipelining: 1 });
    const key = await importSigningKey(generateSecret());
    let next = 0;
    let refused = 0;
    const sender = async (): Promise<void> => {
      while (next < count) {
        const id = `evt_${String(next++).padStart(26, "0")}`;
        const timestamp = Math.floor(Date.now() / 1000);
        const headers = {
          "content-type": "application/json",
          "user-agent": "Posthorn/0.1.0",
          "webhook-id": id,
          "webhook-timestamp": String(timestamp),
          "webhook-signature": await sign({ id, timestamp, body }, key),
        };
        const response = await pool.request({ path, method: "POST", headers, body });
        await response.body.dump();
        if (response.statusCode !== 204) refused++;
      }
    };
    await Promise.all(Array.from({ length: sockets }, sender));
    await pool.close();
    return { refused };
  }),
);
