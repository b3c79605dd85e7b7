import { withDefinitions } from "#domain/catalog/definitions.ts";
import type { CatalogDocument } from "#domain/catalog/document.ts";
import { envelopeOf, findRole } from "#domain/catalog/envelope.ts";
import { type Validator, compileSchema } from "#services/schemas.ts";

/** What a catalog's receiver found in the documents that it accepted; all by webhook-id. */
export interface Findings {
  /** To the byte what was published. */
  readonly same: Set<string>;
  /** With data that their type's schema allows. */
  readonly valid: Set<string>;
  /** What is wrong with the others. */
  readonly wrong: Map<string, string>;
  /** Not published under this id: what follows from an event has an id of its own. */
  readonly strangers: Map<string, unknown>;
}

export interface Inspector {
  readonly findings: Findings;
  /** To be called before the document is published. */
  expect: (id: string, text: string) => void;
  inspect: (id: string, body: string) => void;
}

/** Compares what a receiver gets with what was published, and with the schemas of its catalog. */
export function createInspector(catalog: CatalogDocument): Inspector {
  const findings: Findings = { same: new Set(), valid: new Set(), wrong: new Map(), strangers: new Map() };
  const expected = new Map<string, string>();
  const judge = createJudge(catalog);
  return {
    findings,
    expect: (id, text) => void expected.set(id, text),
    inspect(id, body) {
      const document: unknown = JSON.parse(body);
      const published = expected.get(id);
      const complaint = judge(document);
      const isOther = published !== undefined && published !== body;
      const complaints = [...(isOther ? ["its bytes differ"] : []), ...(complaint === undefined ? [] : [complaint])];
      if (published === undefined) findings.strangers.set(id, document);
      else if (!isOther) findings.same.add(id);
      if (complaint === undefined) findings.valid.add(id);
      if (complaints.length > 0) findings.wrong.set(id, complaints.join("; "));
    },
  };
}

/** Says what is wrong with a whole document; nothing, if it is as the catalog says. */
function createJudge(catalog: CatalogDocument): (document: unknown) => string | undefined {
  const validators = new Map<string, Validator>();
  return (document) => {
    const envelope = envelopeOf(catalog, document);
    const read = (role: "type" | "version" | "data"): unknown => findRole(envelope, document, role)?.value;
    const name = `${envelope.fields.type.prefix ?? ""}${String(read("type"))}`;
    const versions = catalog.types.find((type) => type.name === name)?.versions ?? [];
    const told = read("version");
    const version = told === undefined ? versions.at(-1) : versions.find((one) => one.version === told);
    if (version === undefined) return `${name} ${String(told)} is not in the catalog`;
    const key = `${name} ${version.version}`;
    const validator =
      validators.get(key) ?? compileSchema(JSON.stringify(withDefinitions(version.schema, catalog.definitions ?? {})));
    validators.set(key, validator);
    const [fault] = validator.validate(read("data"));
    return fault === undefined ? undefined : `${key}: ${fault.pointer} ${fault.detail}`;
  };
}
