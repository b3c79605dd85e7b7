import { Problem } from "#domain/problems.ts";

/**
 * One detail for a thing that is not there and for a thing of somebody else: the answers must not tell them apart.
 * @throws {Problem} notFound, always
 */
export function missing(): never {
  throw new Problem("notFound", "There is no such thing, or these credentials do not reach it.");
}
