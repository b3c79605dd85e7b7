import type { Role } from "#db/schema.ts";
import type { ProblemCode } from "#domain/problems.ts";

/** What a route needs besides its description. */
export interface Access {
  /** Who may call it: `tenant` reaches its own tenant's paths only. Empty: everybody, without credentials. */
  readonly roles: readonly Role[];
  /** What can go wrong, besides what can go wrong on any route of its form. */
  readonly problems?: readonly ProblemCode[];
  /** The body's bytes at most, or what they are for a content type; 256 KiB unless told. */
  readonly maxBodyBytes?: number | ((contentType: string | undefined) => number);
  /** Fields that are refused with a reason of their own, by name. */
  readonly hints?: Readonly<Record<string, string>>;
  /** Media types of the body that are not JSON for the kit to check: the handler reads `c.get("text")`. */
  readonly rawBody?: RegExp;
}
