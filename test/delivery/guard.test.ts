import { describe, expect, test } from "vitest";
import { createGuard } from "#delivery/guard.ts";
import { ALLOW_NOTHING } from "#domain/url.ts";
import { allowing, closedPort, OK, receive, receiveTls, TEST_CA, testSender, to } from "./receivers.ts";

const at =
  (...addresses: string[]) =>
  () =>
    Promise.resolve(addresses);

describe("the address guard", () => {
  test.each([
    ["a private address", ["127.0.0.1"]],
    ["a public and a private address", ["8.8.8.8", "127.0.0.1"]],
    ["a private and a public address", ["127.0.0.1", "8.8.8.8"]],
    ["an IPv6 loopback address", ["::1"]],
    ["an IPv4-mapped address", ["::ffff:127.0.0.1"]],
    ["the metadata address", ["169.254.169.254"]],
    ["something that is no address", ["localhost"]],
  ])("blocks a name that leads to %s, and dials nothing", async (_what, addresses) => {
    const trap = await receive();
    const sender = testSender({ allow: ALLOW_NOTHING, resolver: at(...addresses) });
    const outcome = await sender.send(to(`https://hooks.example.com:${trap.port}/in`));
    expect(outcome).toMatchObject({ outcome: "failed", failure: "blockedAddress", status: null, address: null });
    expect(outcome.error).toBe("hooks.example.com leads to an address that deliveries may not go to");
    expect(trap.connections).toBe(0);
  });

  test.each([
    "127.0.0.1",
    "127.1",
    "0x7f.1",
    "0177.0.0.1",
    "2130706433",
    "①②⑦.⓪.⓪.①",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
  ])("blocks the literal %s, and dials nothing", async (host) => {
    const trap = await receive();
    const sender = testSender({ allow: ALLOW_NOTHING });
    expect(await sender.send(to(`https://${host}:${trap.port}/in`))).toMatchObject({
      failure: "blockedAddress",
      status: null,
    });
    expect(trap.connections).toBe(0);
  });

  test.each(["127.0.0.1", "::1", "::ffff:7f00:1", "10.0.0.1"])(
    "judges the literal %s at connect time as well",
    async (hostname) => {
      const connect = createGuard({
        resolver: at("8.8.8.8"),
        allow: ALLOW_NOTHING,
        ownAddresses: [],
        connectTimeoutMs: 500,
      });
      const error = await new Promise((resolve) => {
        connect({ hostname, protocol: "https:", port: "" }, (...result) => resolve(result[0]));
      });
      expect(error).toMatchObject({ failure: "blockedAddress" });
    },
  );

  test("blocks plain http to a target that is not listed", async () => {
    const trap = await receive();
    const sender = testSender({ allow: allowing("127.0.0.1:1") });
    expect(await sender.send(to(trap.url))).toMatchObject({
      failure: "blockedAddress",
      error: "the URL must use https",
    });
    expect(trap.connections).toBe(0);
  });

  test("blocks this host's own addresses", async () => {
    const sender = testSender({ allow: ALLOW_NOTHING, ownAddresses: ["8.8.4.4"], resolver: at("8.8.4.4") });
    expect(await sender.send(to("https://hooks.example.com/"))).toMatchObject({ failure: "blockedAddress" });
  });

  test("judges a name anew for each connection", async () => {
    const receiver = await receiveTls({}, (socket) =>
      socket.end("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"),
    );
    const answers = ["127.0.0.1", "127.0.0.2"];
    const resolver = () => Promise.resolve([answers.shift() ?? ""]);
    const sender = testSender({ allow: allowing("127.0.0.1/32"), resolver, ca: TEST_CA });
    const url = `https://hooks.example.com:${receiver.port}/`;
    expect(await sender.send(to(url))).toMatchObject({ outcome: "succeeded" });
    expect(await sender.send(to(url))).toMatchObject({ failure: "blockedAddress" });
    expect(receiver.connections).toBe(1);
  });

  test("lets a listed host:port through wherever it leads, over plain http", async () => {
    const receiver = await receive();
    const resolver = at("127.0.0.1");
    const sender = testSender({ allow: allowing(`receiver:${receiver.port}`), resolver });
    expect(await sender.send(to(`http://receiver:${receiver.port}/in`))).toMatchObject({ outcome: "succeeded" });
    expect(await sender.send(to(`http://receiver:${receiver.port + 1}/in`))).toMatchObject({
      failure: "blockedAddress",
    });
  });

  test("tells the resolver which names the operator has listed", async () => {
    const asked: [string, boolean][] = [];
    const sender = testSender({
      allow: allowing("receiver:1,127.0.0.0/8"),
      resolver: (hostname, { local }) => {
        asked.push([hostname, local]);
        return Promise.reject(new Error("not today"));
      },
    });
    for (const url of ["http://receiver:1/", "http://localhost:1/", "https://hooks.example.com/"])
      await sender.send(to(url));
    expect(asked).toEqual([
      ["receiver", true],
      ["localhost", true],
      ["hooks.example.com", false],
    ]);
  });
});

describe("connecting", () => {
  test("to a port that refuses is a connection failure with its address", async () => {
    const outcome = await testSender().send(to(`http://127.0.0.1:${await closedPort()}/`));
    expect(outcome).toMatchObject({
      failure: "connection",
      status: null,
      address: "127.0.0.1",
      error: "127.0.0.1 refused the connection",
    });
  });

  test("goes on to a name's next address when the first one refuses", async () => {
    const receiver = await receive();
    const sender = testSender({ allow: allowing(`receiver:${receiver.port}`), resolver: at("127.0.0.2", "127.0.0.1") });
    const outcome = await sender.send(to(`http://receiver:${receiver.port}/in`));
    expect(outcome).toMatchObject({ outcome: "succeeded", address: "127.0.0.1" });
  });

  test("fails with the resolver's words when the name does not resolve", async () => {
    const sender = testSender({
      resolver: () => Promise.reject(new Error("hooks.example.com has no address (ENOTFOUND)")),
    });
    expect(await sender.send(to("https://hooks.example.com/"))).toMatchObject({
      failure: "dns",
      address: null,
      error: "hooks.example.com has no address (ENOTFOUND)",
    });
  });

  test("to a name without addresses is a dns failure", async () => {
    expect(await testSender({ resolver: at() }).send(to("https://hooks.example.com/"))).toMatchObject({
      failure: "dns",
    });
  });

  test("counts a resolver that never answers within the deadline", async () => {
    const sender = testSender({ resolver: () => new Promise(() => {}) });
    const outcome = await sender.send(to("https://hooks.example.com/", { timeoutMs: 200 }));
    expect(outcome).toMatchObject({
      failure: "timeout",
      address: null,
      error: "no connection was ready within 200 ms",
    });
    expect(outcome.durationMs).toBeLessThan(1500);
  });

  test("gives up on a handshake that never comes", async () => {
    const silent = await receive(() => {});
    const outcome = await testSender({ connectTimeoutMs: 200 }).send(to(`https://hooks.example.com:${silent.port}/`));
    expect(outcome).toMatchObject({ failure: "timeout", status: null, address: "127.0.0.1" });
    expect(outcome.durationMs).toBeLessThan(2000);
  });

  test("after a failure works again once the receiver is back", async () => {
    let addresses = ["127.0.0.2"];
    const receiver = await receive();
    const sender = testSender({
      allow: allowing(`receiver:${receiver.port}`),
      resolver: () => Promise.resolve(addresses),
    });
    const url = `http://receiver:${receiver.port}/in`;
    expect(await sender.send(to(url))).toMatchObject({ failure: "connection" });
    addresses = ["127.0.0.1"];
    expect(await sender.send(to(url))).toMatchObject({ outcome: "succeeded" });
  });
});

describe("TLS", () => {
  test("delivers to the name that the certificate is for, and sends that name", async () => {
    const names: string[] = [];
    const receiver = await receiveTls({
      SNICallback: (name, done) => {
        names.push(name);
        done(null);
      },
    });
    const outcome = await testSender({ ca: TEST_CA }).send(to(`https://hooks.example.com:${receiver.port}/in`));
    expect(outcome).toMatchObject({ outcome: "succeeded", address: "127.0.0.1" });
    expect(names).toEqual(["hooks.example.com"]);
    expect(receiver.requests[0]).toContain(`host: hooks.example.com:${receiver.port}`);
  });

  test("refuses a certificate of an authority it does not know", async () => {
    const receiver = await receiveTls();
    const outcome = await testSender().send(to(`https://hooks.example.com:${receiver.port}/in`));
    expect(outcome).toMatchObject({
      failure: "tls",
      status: null,
      address: "127.0.0.1",
      error: expect.stringContaining("certificate"),
    });
    expect(receiver.requests).toEqual([]);
  });

  test.each(["other.example.com", "127.0.0.1"])("refuses a certificate for another name than %s", async (host) => {
    const receiver = await receiveTls();
    const outcome = await testSender({ ca: TEST_CA }).send(to(`https://${host}:${receiver.port}/in`));
    expect(outcome).toMatchObject({ failure: "tls", status: null });
    expect(receiver.requests).toEqual([]);
  });

  test("to a server that speaks plain HTTP is a tls failure", async () => {
    const receiver = await receive(
      () => {},
      (socket) => socket.write(OK),
    );
    expect(await testSender().send(to(`https://hooks.example.com:${receiver.port}/in`))).toMatchObject({
      failure: "tls",
    });
  });

  test("to a server that hangs up in the handshake is a tls failure", async () => {
    const receiver = await receive(
      () => {},
      (socket) => socket.destroy(),
    );
    expect(await testSender().send(to(`https://hooks.example.com:${receiver.port}/in`))).toMatchObject({
      failure: "tls",
    });
  });

  test("a kept TLS connection that turns out dead gets its second try", async () => {
    const receiver = await receiveTls({}, (socket, _request, nth) => (nth === 2 ? socket.destroy() : socket.write(OK)));
    const sender = testSender({ ca: TEST_CA, connectionsPerOrigin: 1 });
    const url = `https://hooks.example.com:${receiver.port}/in`;
    expect(await sender.send(to(url))).toMatchObject({ outcome: "succeeded" });
    expect(await sender.send(to(url))).toMatchObject({ outcome: "succeeded", retriedSocket: true });
    expect(receiver.connections).toBe(2);
  });
});
