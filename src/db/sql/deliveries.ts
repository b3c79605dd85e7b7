import type { Statement } from "../store.ts";

/** ($1 tenant, $2 delivery) → one row with the state it is in then, or `missing`, `disabled`, `gone`, `skipped`. */
export const redeliver: Statement = {
  name: "redeliver_1",
  text: "select posthorn.redeliver($1, $2) as status",
};

/** ($1 tenant, $2 delivery) → one row: `canceled`, `missing`, or the final state it is in. What failed and blocks its ordering key is canceled too. */
export const cancel: Statement = {
  name: "cancel_delivery_1",
  text: "select posthorn.cancel($1, $2) as status",
};
