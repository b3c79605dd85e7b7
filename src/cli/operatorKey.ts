import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The operator key of a command: the one given, else the environment's, else the one that `npm start` keeps; undefined: none of them. */
export function operatorKey(given: string | undefined, env: NodeJS.ProcessEnv, root: string): string | undefined {
  return given ?? (env.POSTHORN_OPERATOR_KEY || readKept(join(root, ".posthorn", "operator-key")));
}

function readKept(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}
