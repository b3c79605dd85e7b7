import { createSocket } from "node:dgram";
import { onTestFinished } from "vitest";

/** What is said of a name: its IPv4 addresses, a code of RFC 1035 section 4.1.1, or nothing at all. */
export type Said = readonly string[] | "SERVFAIL" | "NXDOMAIN" | "silence";

/** A DNS server on loopback. */
export interface NameServer {
  /** What makes a deliverer ask this server: its environment. */
  readonly env: Readonly<Record<string, string>>;
  say(name: string, said: Said): void;
  /** Questions about the name so far, of both families. */
  asked(name: string): number;
}

const codes = { NXDOMAIN: 3, SERVFAIL: 2 } as const;
const A = 1;

/** Starts a name server of the calling scenario. It knows no name at first. */
export async function startNameServer(): Promise<NameServer> {
  const sayings = new Map<string, Said>();
  const questions = new Map<string, number>();
  const socket = createSocket("udp4");
  socket.on("message", (query, from) => {
    const name = nameIn(query);
    questions.set(name, (questions.get(name) ?? 0) + 1);
    const said = sayings.get(name) ?? "NXDOMAIN";
    if (said !== "silence") socket.send(reply(query, said), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  onTestFinished(() => void socket.close());
  return {
    env: {
      NODE_OPTIONS: `--import=${new URL("askNameServer.ts", import.meta.url).href}`,
      FAULTS_NAME_SERVER: `127.0.0.1:${socket.address().port}`,
    },
    say: (name, said) => void sayings.set(name, said),
    asked: (name) => questions.get(name) ?? 0,
  };
}

const questionAt = 12;

function nameIn(query: Buffer): string {
  const labels: string[] = [];
  for (let at = questionAt; (query[at] ?? 0) > 0;) {
    const end = at + 1 + (query[at] ?? 0);
    labels.push(query.toString("latin1", at + 1, end).toLowerCase());
    at = end;
  }
  return labels.join(".");
}

/** RFC 1035 section 4: the header, the question again, and one record per address, with a pointer to the name and no time to live. */
function reply(query: Buffer, said: Exclude<Said, "silence">): Buffer {
  const questionEnd = query.indexOf(0, questionAt) + 5;
  const isA = query.readUInt16BE(questionEnd - 4) === A;
  const addresses = typeof said === "string" || !isA ? [] : said;
  const code = typeof said === "string" ? codes[said] : 0;
  const header = Buffer.from([0, 0, 0x81, 0x80 | code, 0, 1, 0, addresses.length, 0, 0, 0, 0]);
  query.copy(header, 0, 0, 2);
  const records = addresses.map((address) =>
    Buffer.from([0xc0, questionAt, 0, A, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split(".").map(Number)]),
  );
  return Buffer.concat([header, query.subarray(questionAt, questionEnd), ...records]);
}
