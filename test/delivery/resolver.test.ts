import { createSocket } from "node:dgram";
import { isIP } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { createResolver, hostAddresses } from "#delivery/resolver.ts";

const A = 1;
const AAAA = 28;
const NXDOMAIN = 3;

/** What the DNS server of a test says to a question: addresses as bytes, an error code, or nothing at all. */
type Answer = Buffer[] | number | "silence";

/** A DNS server on loopback that knows one answer per record type; gives `address:port`. */
function serveDns(answers: Record<number, Answer>): Promise<string> {
  const socket = createSocket("udp4");
  socket.on("message", (query, from) => {
    const questionEnd = query.indexOf(0, 12) + 5;
    const answer = answers[query.readUInt16BE(questionEnd - 4)] ?? [];
    if (answer !== "silence") socket.send(reply(query, questionEnd, answer), from.port, from.address);
  });
  onTestFinished(() => {
    socket.close();
  });
  return new Promise((resolve) => {
    socket.bind(0, "127.0.0.1", () => resolve(`127.0.0.1:${socket.address().port}`));
  });
}

/** RFC 1035 section 4: the header, the question again, and one record per address with a pointer to the name. */
function reply(query: Buffer, questionEnd: number, answer: Buffer[] | number): Buffer {
  const addresses = typeof answer === "number" ? [] : answer;
  const header = Buffer.from([
    0,
    0,
    0x81,
    0x80 | (typeof answer === "number" ? answer : 0),
    0,
    1,
    0,
    addresses.length,
    0,
    0,
    0,
    0,
  ]);
  query.copy(header, 0, 0, 2);
  const records = addresses.map((address) =>
    Buffer.concat([
      Buffer.from([0xc0, 12, 0, address.length === 4 ? A : AAAA, 0, 1, 0, 0, 0, 60, 0, address.length]),
      address,
    ]),
  );
  return Buffer.concat([header, query.subarray(12, questionEnd), ...records]);
}

const V4 = Buffer.from([192, 0, 2, 7]);
const V6 = Buffer.from("20010db8000000000000000000000007", "hex");
const REMOTE = { local: false };

describe("resolving a name", () => {
  test("gives the IPv4 addresses first, then the IPv6 ones", async () => {
    const resolve = createResolver({ servers: [await serveDns({ [A]: [V4], [AAAA]: [V6] })] });
    expect(await resolve("hooks.example.com", REMOTE)).toEqual(["192.0.2.7", "2001:db8::7"]);
  });

  test("is content with one family", async () => {
    const onlyV6 = createResolver({ servers: [await serveDns({ [A]: [], [AAAA]: [V6] })] });
    expect(await onlyV6("hooks.example.com", REMOTE)).toEqual(["2001:db8::7"]);
    const onlyV4 = createResolver({ servers: [await serveDns({ [A]: [V4], [AAAA]: NXDOMAIN })] });
    expect(await onlyV4("hooks.example.com", REMOTE)).toEqual(["192.0.2.7"]);
  });

  test("says that a name has no address", async () => {
    const resolve = createResolver({ servers: [await serveDns({ [A]: NXDOMAIN, [AAAA]: NXDOMAIN })] });
    await expect(resolve("hooks.example.com", REMOTE)).rejects.toThrow("hooks.example.com has no address (ENOTFOUND)");
  });

  test("says that a server failed", async () => {
    const resolve = createResolver({ servers: [await serveDns({ [A]: 2, [AAAA]: 2 })] });
    await expect(resolve("hooks.example.com", REMOTE)).rejects.toThrow("could not be resolved (ESERVFAIL)");
  });

  test("gives up on a silent server at the cap", async () => {
    const resolve = createResolver({
      timeoutMs: 200,
      servers: [await serveDns({ [A]: "silence", [AAAA]: "silence" })],
    });
    const startedMs = performance.now();
    await expect(resolve("hooks.example.com", REMOTE)).rejects.toThrow("hooks.example.com");
    expect(performance.now() - startedMs).toBeLessThan(1500);
  });

  test("does not look into the hosts file, unless the operator has listed the name", async () => {
    const resolve = createResolver({ servers: [await serveDns({ [A]: NXDOMAIN, [AAAA]: NXDOMAIN })] });
    await expect(resolve("localhost", REMOTE)).rejects.toThrow("ENOTFOUND");
    expect(await resolve("localhost", { local: true })).toContain("127.0.0.1");
  });
});

test("the host's own addresses are IP addresses, loopback among them", () => {
  const addresses = hostAddresses();
  expect(addresses).toContain("127.0.0.1");
  expect(addresses.filter((address) => isIP(address) === 0)).toEqual([]);
});
