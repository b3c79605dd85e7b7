import { expect } from "vitest";
import type { Scenario, Stage } from "../harness/scenario.ts";
import { authorityFile, startBadReceiver } from "./badReceiver.ts";
import { okAndClosed } from "./behaviours.ts";
import { type Said, startNameServer } from "./nameServer.ts";
import { setScene } from "./scene.ts";
import { fail, type Trouble } from "./troubles.ts";

const name = "hooks.example.com";
/** Where the operator lets deliveries go … */
export const open = "127.77.0.1";
/** … and where not: what a private network is to a gateway. */
export const shut = "127.88.0.1";

export interface Renaming {
  readonly name: string;
  readonly fast?: true;
  readonly said: Said;
  readonly recorded: Trouble["recorded"];
}

/** A name that leads to a receiver, then to what is said of it, and then to the receiver again. Nobody ever connects to the shut address. */
export function renaming({ name: title, fast, said, recorded }: Renaming): Scenario {
  const run = async (stage: Stage): Promise<void> => {
    const names = await startNameServer();
    names.say(name, [open]);
    const allowed = { POSTHORN_ALLOW_TARGETS: "127.0.0.1/32,127.77.0.0/16", NODE_EXTRA_CA_CERTS: authorityFile };
    const scene = await setScene(stage, { env: { ...names.env, ...allowed } });
    // A connection for each request, or the name would not be asked for again so soon.
    const receiver = await startBadReceiver(stage, { behaviour: okAndClosed, certificate: "good", host: open });
    const trap = await startBadReceiver(stage, { behaviour: okAndClosed, host: shut, port: receiver.port });
    const base = `https://${name}:${receiver.port}`;
    const before = await scene.endpointAt(receiver, "before", { url: `${base}/before` });
    await scene.publish("before", 5, [before]);
    await scene.all(before, ["delivered"]);
    names.say(name, said);
    const asked = names.asked(name);
    const heal = (): void => {
      expect(names.asked(name), "questions for the name").toBeGreaterThan(asked);
      names.say(name, [open]);
    };
    await fail(scene, receiver, { base, heal }, { recorded });
    expect(trap.counts.connections, "connections to the private address").toBe(0);
    await scene.expectUnharmed("no connection to the private address");
  };
  return { name: title, ...(fast === undefined ? {} : { fast }), run };
}
