/** What is published: JSON data of exactly this size. */
export const dataBytes = 1024;
export const eventType = "order.created";

/** An order with line items, `sizeBytes` of JSON: names, numbers and nesting, as real data has them, and not one long string. */
export function sampleData(sizeBytes: number): string {
  const items: object[] = [];
  const order = { orderId: "ord_81726354", currency: "EUR", total: 18_234.5, paid: true, items, note: "" };
  for (let n = 1; Buffer.byteLength(JSON.stringify(order)) < sizeBytes - 90; n++) {
    items.push({ sku: `SKU-${1000 + n}`, title: "Coffee grinder, steel", quantity: n, price: 119.9 + n });
  }
  order.note = "x".repeat(sizeBytes - Buffer.byteLength(JSON.stringify(order)));
  return JSON.stringify(order);
}

/** What the deliverer sends for one event; only the length matters to whoever sends it instead of the deliverer. */
export function sampleBody(tenantId: string): string {
  const head = `{"id":"evt_${"0".repeat(26)}","type":"${eventType}","timestamp":"2026-01-01T00:00:00.000Z"`;
  return `${head},"tenantId":"${tenantId}","data":${sampleData(dataBytes)}}`;
}

/** A request body of `POST /v1/events`. */
export function singleBody(tenantId: string, data: string): string {
  return `{"type":"${eventType}","tenantId":"${tenantId}","data":${data}}`;
}

const keyedHead = (key: number, sequence: number): string =>
  `{"key":"${String(key).padStart(6, "0")}","sequence":"${String(sequence).padStart(6, "0")}",`;
const keyedRest = sampleData(dataBytes - keyedHead(0, 0).length + 1).slice(1);

/** The nth event of those with ordering keys: two of a key after each other, so that a batch has both. */
export function keyedBody(tenants: readonly string[], keys: number, nth: number): string {
  const key = Math.floor(nth / 2) % keys;
  const sequence = Math.floor(nth / (2 * keys)) * 2 + (nth % 2) + 1;
  const tenant = tenants[key % tenants.length] ?? "";
  return `{"type":"${eventType}","tenantId":"${tenant}","orderingKey":"key_${key}","data":${keyedHead(key, sequence)}${keyedRest}}`;
}

/** The key and the number in the body of such an event. */
export function readKeyed(body: string): { key: string; sequence: number } | undefined {
  const [, key, sequence] = /"data":\{"key":"(\d+)","sequence":"(\d+)"/.exec(body) ?? [];
  return key === undefined ? undefined : { key, sequence: Number(sequence) };
}
