const canonicalShape = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

// Asked once and not per call: Node 20 lacks toBase64, and a signature is encoded for every delivery.
const hasNativeEncoding = typeof Uint8Array.prototype.toBase64 === "function";

/** Standard base64 with padding (RFC 4648 section 4). */
export function encodeBase64(bytes: Uint8Array): string {
  return hasNativeEncoding ? bytes.toBase64() : btoa(String.fromCharCode(...bytes));
}

/**
 * Strict decoding: `undefined` for white space, the URL alphabet, absent padding or stray bits in the last character.
 * `atob` alone lets all but the second through, so that one key would have several spellings.
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!canonicalShape.test(text)) return undefined;
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index);
  return encodeBase64(bytes) === text ? bytes : undefined;
}

/** From the URL alphabet without padding, in which JSON Web Keys carry their bytes (RFC 7515 section 2). */
export function base64FromBase64Url(text: string): string {
  const standard = text.replaceAll("-", "+").replaceAll("_", "/");
  return standard.padEnd(Math.ceil(standard.length / 4) * 4, "=");
}
