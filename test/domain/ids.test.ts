import { describe, expect, test } from "vitest";
import { decodeId, encodeId, ID_PREFIXES, isUuid, newUuid, uuidTimeMs, type IdKind } from "#domain/ids.ts";

/** From the TypeID specification's valid.json, v0.3. */
const SPEC_VECTORS = [
  ["00000000000000000000000000", "00000000-0000-0000-0000-000000000000"],
  ["00000000000000000000000001", "00000000-0000-0000-0000-000000000001"],
  ["0000000000000000000000000a", "00000000-0000-0000-0000-00000000000a"],
  ["0000000000000000000000000g", "00000000-0000-0000-0000-000000000010"],
  ["00000000000000000000000010", "00000000-0000-0000-0000-000000000020"],
  ["7zzzzzzzzzzzzzzzzzzzzzzzzz", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
  ["0123456789abcdefghjkmnpqrs", "0110c853-1d09-52d8-d73e-1194e95b5f19"],
  ["01h455vb4pex5vsknk084sn02q", "01890a5d-ac96-774b-bcce-b302099a8057"],
] as const;

const KINDS: IdKind[] = ["event", "endpoint", "subscription", "delivery", "attempt", "replay", "apiKey", "request"];

/** From the specification's invalid.json: what can go wrong after the prefix. */
const BAD_SUFFIXES = [
  "",
  "1234567890123456789012345",
  "123456789012345678901234567",
  "1234567890123456789012345 ",
  "0123456789ABCDEFGHJKMNPQRS",
  "123456789-123456789-123456",
  "ooooooiiiiiiuuuuuuulllllll",
  "i23456789ol23456789oi23456",
  "123456789-0123456789-01234",
  "8zzzzzzzzzzzzzzzzzzzzzzzzz",
  "\u0661123456789012345678901234",
];

describe("TypeIDs", () => {
  test.each(SPEC_VECTORS)("the specification's vector %s holds in both directions for every kind", (suffix, uuid) => {
    for (const kind of KINDS) {
      const id = `${ID_PREFIXES[kind]}_${suffix}`;
      expect(encodeId(kind, uuid)).toBe(id);
      expect(decodeId(kind, id)).toBe(uuid);
    }
  });

  test("upper-case UUID text gives the same id", () => {
    expect(encodeId("event", "01890A5D-AC96-774B-BCCE-B302099A8057")).toBe("evt_01h455vb4pex5vsknk084sn02q");
  });

  test.each(BAD_SUFFIXES)("the specification's invalid suffix %j is refused", (suffix) => {
    expect(decodeId("event", `evt_${suffix}`)).toBeNull();
  });

  test.each([
    "01h455vb4pex5vsknk084sn02q",
    "_01h455vb4pex5vsknk084sn02q",
    "ep_01h455vb4pex5vsknk084sn02q",
    "EVT_01h455vb4pex5vsknk084sn02q",
    "evt-01h455vb4pex5vsknk084sn02q",
    " evt_01h455vb4pex5vsknk084sn02q",
    "evt_01h455vb4pex5vsknk084sn02q\n",
    "",
  ])("%j is not an event's id", (text) => {
    expect(decodeId("event", text)).toBeNull();
  });

  test.each(["", "xyz", "01890a5d-ac96-774b-bcce-b302099a805", "g1890a5d-ac96-774b-bcce-b302099a8057"])(
    "encoding %j, which is no UUID, is our bug and throws",
    (text) => {
      expect(() => encodeId("event", text)).toThrow(RangeError);
    },
  );
});

describe("UUIDv7", () => {
  test("carries the time, the version, the variant and the random bits", () => {
    const uuid = newUuid(
      0x0189_0a5d_ac96,
      new Uint8Array([0xf7, 0x4b, 0x7c, 0xce, 0xb3, 0x02, 0x09, 0x9a, 0x80, 0x57]),
    );
    expect(uuid).toBe("01890a5d-ac96-774b-bcce-b302099a8057");
    expect(uuidTimeMs(uuid)).toBe(0x0189_0a5d_ac96);
  });

  test("sorts by time, as UUID and as TypeID", () => {
    const random = new Uint8Array(10).fill(0xff);
    const uuids = [1, 1_700_000_000_000, 1_700_000_000_001, 2 ** 47].map((ms) => newUuid(ms, random));
    expect(uuids.toSorted()).toEqual(uuids);
    const ids = uuids.map((uuid) => encodeId("delivery", uuid));
    expect(ids.toSorted()).toEqual(ids);
  });

  test("takes its random bytes from the offset, and refuses too few of them", () => {
    const random = Uint8Array.from({ length: 20 }, (_, i) => i);
    expect(newUuid(5, random, 10)).toBe(newUuid(5, random.slice(10)));
    expect(() => newUuid(5, random, 11)).toThrow(RangeError);
  });

  test("a UUID is told from other text", () => {
    expect(isUuid("01890a5d-ac96-774b-bcce-b302099a8057")).toBe(true);
    expect(isUuid("01890a5dac96774bbcceb302099a8057")).toBe(false);
  });
});
