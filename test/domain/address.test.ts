import { describe, expect, test } from "vitest";
import { isForbiddenAddress, isSameAddress, parseAddress, parseRange } from "#domain/address.ts";

/** [range, its first address, its last, the neighbour below, the neighbour above]; null where the neighbour is forbidden too. */
const V4_RANGES: [string, string, string, string | null, string | null][] = [
  ["0/8", "0.0.0.0", "0.255.255.255", null, "1.0.0.0"],
  ["10/8", "10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"],
  ["100.64/10", "100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"],
  ["127/8", "127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"],
  ["168.63.129.16", "168.63.129.16", "168.63.129.16", "168.63.129.15", "168.63.129.17"],
  ["169.254/16", "169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"],
  ["172.16/12", "172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"],
  ["192.0.0/24", "192.0.0.0", "192.0.0.255", "191.255.255.255", "192.0.1.0"],
  ["192.0.2/24", "192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"],
  ["192.31.196/24", "192.31.196.0", "192.31.196.255", "192.31.195.255", "192.31.197.0"],
  ["192.52.193/24", "192.52.193.0", "192.52.193.255", "192.52.192.255", "192.52.194.0"],
  ["192.88.99/24", "192.88.99.0", "192.88.99.255", "192.88.98.255", "192.88.100.0"],
  ["192.168/16", "192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"],
  ["192.175.48/24", "192.175.48.0", "192.175.48.255", "192.175.47.255", "192.175.49.0"],
  ["198.18/15", "198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0"],
  ["198.51.100/24", "198.51.100.0", "198.51.100.255", "198.51.99.255", "198.51.101.0"],
  ["203.0.113/24", "203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"],
  ["224/4", "224.0.0.0", "239.255.255.255", "223.255.255.255", null],
  ["240/4", "240.0.0.0", "255.255.255.255", null, null],
];

const V6_RANGES: [string, string, string, string | null, string | null][] = [
  ["below 2000::/3", "::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", null, "2000::"],
  ["2001::/23", "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2000:ffff:ffff:ffff::1", "2001:200::"],
  ["2001:db8::/32", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db7:ffff::", "2001:db9::"],
  ["2002::/16", "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:ffff:ffff::", "2003::"],
  ["2620:4f:8000::/48", "2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", "2620:4f:7fff::", "2620:4f:8001::"],
  ["3fff::/20", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3ffe:ffff::", "3fff:1000::"],
  ["above 2000::/3", "4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:ffff::", null],
];

describe("the address rules", () => {
  test.each([...V4_RANGES, ...V6_RANGES])("%s is refused from its first address to its last", (_name, first, last) => {
    expect(isForbiddenAddress(first)).not.toBeNull();
    expect(isForbiddenAddress(last)).not.toBeNull();
  });

  test.each([...V4_RANGES, ...V6_RANGES])(
    "the neighbours of %s are let through",
    (_name, _first, _last, below, above) => {
      const neighbours = [below, above].filter((address) => address !== null);
      expect(neighbours.filter((address) => isForbiddenAddress(address) !== null)).toEqual([]);
    },
  );

  test.each(["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e"])("%s is public", (address) => {
    expect(isForbiddenAddress(address)).toBeNull();
  });

  test.each([
    "::1",
    "::ffff:8.8.8.8",
    "::ffff:7f00:1",
    "64:ff9b::808:808",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "ff02::1",
  ])("%s is outside 2000::/3", (address) => {
    expect(isForbiddenAddress(address)).toContain("2000::/3");
  });

  test("this host's own addresses are refused in any notation", () => {
    const own = ["8.8.4.4", "2a00:1450:0:0::1"];
    expect(isForbiddenAddress("8.8.4.4", own)).toBe("is this host itself");
    expect(isForbiddenAddress("2A00:1450::0001", own)).toBe("is this host itself");
    expect(isForbiddenAddress("8.8.4.5", own)).toBeNull();
  });

  test.each([
    "",
    "localhost",
    "1.2.3",
    "1.2.3.4.5",
    "01.2.3.4",
    "256.1.1.1",
    "0x7f.0.0.1",
    "[::1]",
    "2a00::1%eth0",
    "1.2.3.4 ",
  ])("%j is refused, for it is no address", (text) => {
    expect(isForbiddenAddress(text)).toBe("is not an IP address");
  });
});

describe("reading addresses", () => {
  test.each([
    ["0.0.0.0", 0n],
    ["255.255.255.255", 0xffff_ffffn],
    ["1.2.3.4", 0x01020304n],
  ])("%s is IPv4", (text, value) => {
    expect(parseAddress(text)).toEqual({ family: 4, value });
  });

  test.each([
    ["::", 0n],
    ["::1", 1n],
    ["1::", 1n << 112n],
    ["1:2:3:4:5:6:7:8", 0x0001_0002_0003_0004_0005_0006_0007_0008n],
    ["1:2:3:4:5:6:7::", 0x0001_0002_0003_0004_0005_0006_0007_0000n],
    ["ABCD::Ef", (0xabcdn << 112n) | 0xefn],
    ["::ffff:1.2.3.4", 0xffff_0102_0304n],
    ["1:2:3:4:5:6:1.2.3.4", 0x0001_0002_0003_0004_0005_0006_0102_0304n],
  ])("%s is IPv6", (text, value) => {
    expect(parseAddress(text)).toEqual({ family: 6, value });
  });

  test.each([
    ":",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4::5:6:7:8",
    "12345::",
    "g::",
    "1.2.3.4::",
    "::1.2.3",
    "::1.2.3.4:5",
    "1:",
    ":1",
    "::1/128",
  ])("%s is neither", (text) => {
    expect(parseAddress(text)).toBeNull();
  });

  test.each(["10.0.0.0/8", "fd00::/8", "127.0.0.1/32", "0.0.0.0/0", "::/0", "::1", "10.1.2.3"])(
    "%s is a range",
    (text) => {
      expect(parseRange(text)).not.toBeNull();
    },
  );

  test.each([
    "10.0.0.1/8",
    "10.0.0.0/33",
    "fd00::/129",
    "10.0.0.0/",
    "10.0.0.0/08",
    "/8",
    "10.0.0.0/8/8",
    "10.0.0.0/-1",
    "x/8",
  ])("%s is no range", (text) => {
    expect(parseRange(text)).toBeNull();
  });

  test("the same address in two notations is the same, IPv4-mapped included", () => {
    expect(isSameAddress("2a00:0::1", "2A00::1")).toBe(true);
    expect(isSameAddress("127.0.0.1", "::ffff:127.0.0.1")).toBe(true);
    expect(isSameAddress("127.0.0.1", "127.0.0.2")).toBe(false);
    expect(isSameAddress("127.0.0.1", "")).toBe(false);
  });
});
