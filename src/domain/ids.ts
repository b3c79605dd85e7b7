/**
 * TypeIDs: `<prefix>_` + the 26 Crockford base32 characters of a UUID (TypeID specification v0.3).
 * The database stores the UUID; everything outside shows the TypeID.
 */
export const ID_PREFIXES = {
  event: "evt",
  endpoint: "ep",
  subscription: "sub",
  delivery: "dlv",
  attempt: "att",
  replay: "rpl",
  apiKey: "key",
  request: "req",
} as const;

export type IdKind = keyof typeof ID_PREFIXES;

/** Random bytes one UUIDv7 takes. */
export const UUID_RANDOM_BYTES = 10;

const SUFFIX_LENGTH = 26;
const UUID_SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * The TypeID of a UUID.
 * @throws RangeError when `uuid` is not the text of a UUID: ids come from the database or from `newUuid`, so that is our bug.
 */
export function encodeId(kind: IdKind, uuid: string): string {
  const hex = uuid.replaceAll("-", "");
  if (hex.length !== 32) throw new RangeError(`not a UUID: ${uuid}`);
  // 128 bits = 8 bits in the first two characters, then six groups of 20 bits: 5 hex digits, 4 characters.
  let suffix = pairAt(bitsAt(hex, 0, 2));
  for (let at = 2; at < 32; at += 5) {
    const bits = bitsAt(hex, at, 5);
    suffix += pairAt(bits >>> 10) + pairAt(bits & 1023);
  }
  return `${ID_PREFIXES[kind]}_${suffix}`;
}

/** The UUID (lower case, with hyphens) in a TypeID of this kind, or null when `text` is anything else. */
export function decodeId(kind: IdKind, text: string): string | null {
  const prefix = ID_PREFIXES[kind];
  const start = prefix.length + 1;
  if (text.length !== start + SUFFIX_LENGTH || !text.startsWith(prefix) || text[prefix.length] !== "_") return null;
  const head = valuesAt(text, start, 2);
  // The first character carries three bits only: above 7 the number would not fit 128 bits.
  if (head < 0 || head > 255) return null;
  let hex = byteHex(head);
  for (let at = start + 2; at < text.length; at += 4) {
    const bits = valuesAt(text, at, 4);
    if (bits < 0) return null;
    hex += byteHex(bits >>> 12) + threeHex(bits & 0xfff);
  }
  return hyphenate(hex);
}

/** Whether `text` is a UUID in its usual notation. */
export function isUuid(text: string): boolean {
  return UUID_SHAPE.test(text);
}

/**
 * A UUIDv7 (RFC 9562 section 5.7): 48 bits of milliseconds, then 74 random bits.
 * @param random at least `offset + UUID_RANDOM_BYTES` bytes; `offset` lets a caller draw many ids from one fill.
 */
export function newUuid(nowMs: number, random: Uint8Array, offset = 0): string {
  if (random.length < offset + UUID_RANDOM_BYTES) throw new RangeError("a UUIDv7 takes 10 random bytes");
  let tail = "";
  for (let i = 0; i < UUID_RANDOM_BYTES; i++) {
    const byte = random[offset + i] ?? 0;
    if (i === 0) tail += byteHex(0x70 | (byte & 0x0f));
    else if (i === 2) tail += byteHex(0x80 | (byte & 0x3f));
    else tail += byteHex(byte);
  }
  return hyphenate(Math.trunc(nowMs).toString(16).padStart(12, "0") + tail);
}

/** The milliseconds since 1970 in a UUIDv7. */
export function uuidTimeMs(uuid: string): number {
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16);
}

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const PAIRS = Array.from({ length: 1024 }, (_, n) => ALPHABET.charAt(n >>> 5) + ALPHABET.charAt(n & 31));
const BYTE_HEX = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, "0"));
const THREE_HEX = Array.from({ length: 4096 }, (_, n) => n.toString(16).padStart(3, "0"));
const HEX_VALUES = valueTable("0123456789abcdef", "0123456789ABCDEF");
const BASE32_VALUES = valueTable(ALPHABET);

function pairAt(n: number): string {
  return PAIRS[n] ?? "";
}

function bitsAt(hex: string, at: number, length: number): number {
  let bits = 0;
  for (let i = at; i < at + length; i++) {
    const value = HEX_VALUES[hex.charCodeAt(i)] ?? -1;
    if (value < 0) throw new RangeError(`not a UUID: ${hex}`);
    bits = bits * 16 + value;
  }
  return bits;
}

/** The number in `length` base32 characters, or -1 when one of them is not in the alphabet. */
function valuesAt(text: string, at: number, length: number): number {
  let bits = 0;
  for (let i = at; i < at + length; i++) {
    const value = BASE32_VALUES[text.charCodeAt(i)] ?? -1;
    if (value < 0) return -1;
    bits = bits * 32 + value;
  }
  return bits;
}

function byteHex(byte: number): string {
  return BYTE_HEX[byte] ?? "";
}

function threeHex(bits: number): string {
  return THREE_HEX[bits] ?? "";
}

function hyphenate(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function valueTable(...alphabets: readonly string[]): Int8Array {
  const table = new Int8Array(128).fill(-1);
  for (const alphabet of alphabets) {
    for (let i = 0; i < alphabet.length; i++) table[alphabet.charCodeAt(i)] = i;
  }
  return table;
}
