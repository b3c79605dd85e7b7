import { isFunction, spend } from "./bounds.ts";

/** As jsonata's $boolean; nothing is no. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) {
    spend();
    return value.some(isTrue);
  }
  if (typeof value === "object" && value !== null) return !isFunction(value) && Object.keys(value).length > 0;
  return typeof value !== "function" && Boolean(value);
}
