import { describe, expect, test } from "vitest";
import {
  allowsAddress,
  allowsHost,
  ALLOW_NOTHING,
  checkUrl,
  parseAllowTargets,
  type AllowTargets,
} from "#domain/url.ts";

function allow(text: string): AllowTargets {
  const targets = parseAllowTargets(text);
  if (typeof targets === "string") throw new Error(targets);
  return targets;
}

function reasonOf(text: string, targets = ALLOW_NOTHING, own: string[] = []): string | null {
  const checked = checkUrl(text, targets, own);
  return checked.ok ? null : checked.reason;
}

describe("an endpoint's URL", () => {
  test.each([
    "https://hooks.example.com/in",
    "https://hooks.example.com",
    "HTTPS://Hooks.Example.com:8443/in?a=1&b=%20",
    "https://8.8.8.8/",
    "https://[2606:4700:4700::1111]/",
    "https://xn--bcher-kva.example/",
    "https://bücher.example/",
    `https://example.com/${"a".repeat(2028)}`,
  ])("%s is accepted", (text) => {
    expect(reasonOf(text)).toBeNull();
  });

  test.each([
    ["https://exam\tple.com/", "control characters"],
    ["https://example.com/\n", "control characters"],
    ["https://example.com/\u0000", "control characters"],
    ["https://example.com/\u0085", "control characters"],
    [" https://example.com/", "spaces"],
    ["https://example.com/a b", "spaces"],
    ["https://example.com/\u3000", "spaces"],
    ["https://example.com/\uFEFF", "spaces"],
    ["https:\\\\example.com/", "backslashes"],
    ["https://example.com\\@127.0.0.1/", "backslashes"],
    ["https://example.com/\uD800", "well-formed"],
    ["https://user@example.com/", "user name"],
    ["https://user:pass@example.com/", "user name"],
    ["https://@example.com/", "user name"],
    ["https://example.com/#part", "fragment"],
    ["https://example.com/#", "fragment"],
    [`https://example.com/${"a".repeat(2029)}`, "longer than 2048"],
    ["", "https://"],
    ["example.com", "https://"],
    ["https:example.com", "https://"],
    ["https:///example.com", "https://"],
    ["//example.com", "https://"],
    ["ftp://example.com/", "https://"],
    ["file:///etc/passwd", "https://"],
    ["javascript:alert(1)", "https://"],
    ["https://exa mple.com/", "spaces"],
    ["https://exa%00mple.com/", "is not a URL"],
    ["https://[::1/", "is not a URL"],
    ["https://example.com:99999/", "is not a URL"],
    ["https://1.2.3.4.5/", "is not a URL"],
    ["http://example.com/", "must use https"],
  ])("%j is refused", (text, reason) => {
    expect(reasonOf(text)).toContain(reason);
  });

  test.each([
    "https://localhost/",
    "https://LOCALHOST/",
    "https://a.localhost/",
    "https://printer.local/",
    "https://metadata.google.internal/",
    "https://nas.lan/",
    "https://wiki.corp/",
    "https://box.home/",
    "https://box.home.arpa/",
    "https://a.test/",
    "https://a.invalid/",
    "https://abc.onion/",
    "https://ｌｏｃａｌｈｏｓｔ/",
  ])("%s is refused, for its name is never public", (text) => {
    expect(reasonOf(text)).toContain("never public");
  });

  test.each(["https://intranet/", "https://com/"])("%s is refused, for its name has a single label", (text) => {
    expect(reasonOf(text)).toContain("full host name");
  });

  test.each(["https://example.com./", "https://localhost./", "https://a.local./"])(
    "%s is refused for its last dot",
    (text) => {
      expect(reasonOf(text)).toContain("dot");
    },
  );

  test("names that only look private are accepted", () => {
    expect(reasonOf("https://mylocalhost.com/")).toBeNull();
    expect(reasonOf("https://internal.example.com/")).toBeNull();
    expect(reasonOf("https://notlocal.example/")).toBeNull();
  });

  test.each([
    "https://127.0.0.1/",
    "https://127.1/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://①②⑦.⓪.⓪.①/",
    "https://127。0。0。1/",
    "https://127.0.0.1./",
    "https://0/",
    "https://169.254.169.254/latest/meta-data/",
    "https://168.63.129.16/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[0:0:0:0:0:ffff:7f00:1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[fe80::1]/",
    "https://[2002:7f00:1::]/",
  ])("%s is judged by the address it parses to", (text) => {
    expect(reasonOf(text)).toMatch(/^leads to [0-9a-f.:]+, which is /);
  });

  test("this host's own public address is refused", () => {
    expect(reasonOf("https://8.8.4.4/", ALLOW_NOTHING, ["8.8.4.4"])).toContain("this host itself");
  });
});

describe("POSTHORN_ALLOW_TARGETS", () => {
  test("a listed host:port is let through, over plain http too, and no other port", () => {
    const targets = allow("receiver:8080, 127.0.0.1:9900,[::1]:9900,hooks.lan:80");
    expect(reasonOf("http://receiver:8080/in", targets)).toBeNull();
    expect(reasonOf("http://RECEIVER:8080/in", targets)).toBeNull();
    expect(reasonOf("http://127.0.0.1:9900/", targets)).toBeNull();
    expect(reasonOf("https://127.1:9900/", targets)).toBeNull();
    expect(reasonOf("http://[::1]:9900/", targets)).toBeNull();
    expect(reasonOf("http://hooks.lan/", targets)).toBeNull();
    expect(reasonOf("http://receiver:8081/in", targets)).toBe("must use https");
    expect(reasonOf("https://127.0.0.1:9901/", targets)).toContain("loopback");
    expect(reasonOf("http://hooks.lan:8080/", targets)).toBe("must use https");
  });

  test("a listed range lets its addresses through, over plain http too", () => {
    const targets = allow("127.0.0.0/8,fd00::/8");
    expect(reasonOf("http://127.0.0.1:3000/", targets)).toBeNull();
    expect(reasonOf("http://0x7f.1:3000/", targets)).toBeNull();
    expect(reasonOf("http://[fd12::1]/", targets)).toBeNull();
    expect(reasonOf("https://10.0.0.1/", targets)).toContain("private");
    expect(reasonOf("http://[fe80::1]/", targets)).toBe("must use https");
  });

  test("a listed loopback range lets localhost through", () => {
    expect(reasonOf("http://localhost:3000/", allow("127.0.0.0/8"))).toBeNull();
    expect(reasonOf("http://localhost:3000/", allow("::1/128"))).toBeNull();
    expect(reasonOf("http://localhost:3000/", allow("10.0.0.0/8"))).toBe("must use https");
  });

  test("what is listed is still checked before parsing", () => {
    expect(reasonOf("http://user@127.0.0.1:9900/", allow("127.0.0.1:9900"))).toContain("user name");
  });

  test("nothing listed allows nothing", () => {
    expect(allow("")).toEqual(ALLOW_NOTHING);
    expect(allowsAddress(ALLOW_NOTHING, "127.0.0.1")).toBe(false);
    expect(allowsHost(ALLOW_NOTHING, "receiver", 80)).toBe(false);
  });

  test("a listed IPv6 host is found with and without brackets", () => {
    const targets = allow("[::1]:9900");
    expect(allowsHost(targets, "::1", 9900)).toBe(true);
    expect(allowsHost(targets, "[::1]", 9900)).toBe(true);
  });

  test.each([
    "10.0.0.1/8",
    "10.0.0.0/33",
    "receiver",
    "receiver:",
    "receiver:0",
    "receiver:65536",
    "receiver:80:90",
    "::1:9900",
    "http://receiver:80",
    "user@receiver:80",
    "127.0.0.1",
    "fd00::/8,nonsense",
  ])("%j is refused by name", (text) => {
    expect(parseAllowTargets(text)).toContain(`"${text.split(",").at(-1) ?? ""}" is neither`);
  });
});
