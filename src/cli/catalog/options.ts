import { parseArgs } from "node:util";

/** A reason not to go on, in words for the person at the terminal. */
export class CatalogRefused extends Error {}

const commands = ["list", "validate", "diff", "install", "export", "types"] as const;
export type CatalogCommand = (typeof commands)[number];

export interface CatalogOptions {
  readonly command: CatalogCommand;
  /** A file's path, or the name of a catalog; empty for `list`. */
  readonly subject: string;
  readonly origin: string;
  readonly key: string | undefined;
  /** Where the result is written; undefined: to standard output. */
  readonly out: string | undefined;
}

const usage = `Usage: posthorn catalog <command> [FILE|NAME] [--url http://127.0.0.1:8080] [--key phk_…] [--out FILE]

  list                the built-in catalogs
  validate FILE|NAME  check a document: form, pointers, names, schemas, examples, conventions; needs no gateway
  diff FILE|NAME      show what installing it would change, and what it would break
  install FILE|NAME   install it, or bring the installed one up to it
  export NAME         the installed document, as YAML
  types FILE|NAME     TypeScript types of its events; needs no gateway

  FILE is YAML or JSON; NAME is a built-in catalog (an installed one for export).
  --url  the gateway; without it the one on PORT
  --key  an operator key; without it POSTHORN_OPERATOR_KEY, or .posthorn/operator-key
  --out  write the result to a file`;

/** Reads the arguments; undefined when the person only wanted to know them (they are printed then). @throws {CatalogRefused} */
export function readOptions(args: string[], env: NodeJS.ProcessEnv): CatalogOptions | undefined {
  const { values, positionals } = parse(args);
  const [command, subject = "", ...rest] = positionals;
  if (values.help === true || command === undefined) {
    console.log(usage);
    return undefined;
  }
  if (!isCommand(command)) throw new CatalogRefused(`There is no command "${command}".\n${usage}`);
  if ((subject === "") !== (command === "list") || rest.length > 0)
    throw new CatalogRefused(`${command} takes ${command === "list" ? "no name" : "one FILE or NAME"}.\n${usage}`);
  const { url, key, out } = values;
  if (url !== undefined && !/^https?:\/\//.test(url))
    throw new CatalogRefused("--url must begin with http:// or https://");
  const origin = url === undefined ? `http://127.0.0.1:${env.PORT || "8080"}` : new URL(url).origin;
  return { command, subject, origin, key, out };
}

function isCommand(text: string): text is CatalogCommand {
  return commands.some((command) => command === text);
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        url: { type: "string" },
        key: { type: "string" },
        out: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new CatalogRefused(`${error instanceof Error ? error.message : String(error)}\n${usage}`, { cause: error });
  }
}
