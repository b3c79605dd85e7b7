import { z } from "zod";
import { eventType } from "../payload.ts";

/** Calls the API as the operator; throws for every answer that is not a success. Gives its JSON, where it has any. */
export type Call = (method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: object) => Promise<unknown>;

export function operatorOf(origin: string, key: string): Call {
  return async (method, path, body) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${origin}${path}`, { method, headers, ...sent });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text.slice(0, 300)}`);
    return text === "" ? undefined : JSON.parse(text);
  };
}

export interface Endpoint {
  readonly tenant: string;
  readonly id: string;
  /** Where the API has it. */
  readonly path: string;
}

export interface EndpointWishes {
  readonly url: string;
  /** More fields of the endpoint, such as its rate limit. */
  readonly fields?: object;
  /** More fields of its subscription, such as its ordering. */
  readonly subscription?: object;
}

/** A tenant (that may be there already) gets an endpoint, which wants the bench's events. */
export async function addEndpoint(call: Call, tenant: string, wishes: EndpointWishes): Promise<Endpoint> {
  const { url, fields, subscription } = wishes;
  await call("PUT", `/v1/tenants/${tenant}`, {});
  const id = idOf(await call("POST", `/v1/tenants/${tenant}/endpoints`, { url, ...fields }));
  const path = `/v1/tenants/${tenant}/endpoints/${id}`;
  await call("POST", `${path}/subscriptions`, { eventTypes: [eventType], ...subscription });
  return { tenant, id, path };
}

const identified = z.object({ id: z.string() });

export const idOf = (answer: unknown): string => identified.parse(answer).id;
