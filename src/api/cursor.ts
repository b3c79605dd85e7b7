import { Problem } from "#domain/problems.ts";
import { checkMac, mac, type DerivedKey } from "#services/derivedKeys.ts";
import { decodeBase64Url, encodeBase64Url } from "./base64Url.ts";

/** Opaque, signed positions in lists. `scope` names the list and its filters: a cursor is good for that one only. */
export interface Cursors {
  encode(scope: string, key: string): Promise<string>;
  /** The key in a cursor. @throws {Problem} invalidCursor when it was tampered with, or is of another list or filter */
  decode(scope: string, cursor: string): Promise<string>;
}

export const CURSOR_MAX_LENGTH = 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function createCursors(keys: readonly DerivedKey[]): Cursors {
  return {
    async encode(scope, key) {
      const [first] = keys;
      if (first === undefined) throw new RangeError("the key ring is empty");
      const signature = await mac(first, signedText(scope, key));
      return `${encodeBase64Url(encoder.encode(key))}.${encodeBase64Url(signature)}`;
    },
    async decode(scope, cursor) {
      const [key, signature] = cursor.split(".").map(decodeBase64Url);
      if (key !== undefined && signature !== undefined && cursor.length <= CURSOR_MAX_LENGTH) {
        const text = decoder.decode(key);
        for (const candidate of keys) {
          if (await checkMac(candidate, signedText(scope, text), signature)) return text;
        }
      }
      const detail = "The cursor was not given out for this list with these filters. Start again without it.";
      throw new Problem("invalidCursor", detail, [{ pointer: "query/cursor", detail: "is not a cursor of this list" }]);
    },
  };
}

function signedText(scope: string, key: string): string {
  return JSON.stringify([scope, key]);
}
