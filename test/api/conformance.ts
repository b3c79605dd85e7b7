import { readFileSync } from "node:fs";
import { Compile } from "typebox/schema";
import { parse } from "yaml";
import { z } from "zod";

/** Holds answers against openapi.yaml: whatever a test asks for, the answer must be what the document promises. */

const mediaTypes = z.record(z.string(), z.object({ schema: z.record(z.string(), z.unknown()) }));
const operation = z.object({ responses: z.record(z.string(), z.object({ content: mediaTypes.optional() })) });
const documentSchema = z.object({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.record(z.string(), z.unknown()),
});

const text = readFileSync(new URL("../../openapi.yaml", import.meta.url), "utf8");
const document = documentSchema.parse(parse(text));
const forms = Object.entries(document.paths).map(([path, operations]) => ({
  form: new RegExp(`^${path.replaceAll(/{\w+}/g, "[^/]+")}$`),
  operations,
  names: path.split("{").length,
}));
// `/v1/events/batch` is also of the form `/v1/events/{id}`: the one with fewer names is the closer one.
forms.sort((a, b) => a.names - b.names);

const validators = new Map<string, ReturnType<typeof Compile>>();

export interface Checked {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string | null;
  readonly body: unknown;
}

/** @throws when the document does not have this answer, or the answer is of another form */
export function requireConformance({ method, path, status, contentType, body }: Checked): void {
  const plain = path.replace(/\?.*$/, "");
  const found = forms.find(
    ({ form, operations }) => form.test(plain) && operations[method.toLowerCase()] !== undefined,
  );
  if (found === undefined) return;
  const about = `${method} ${plain} ${status}`;
  const response = found.operations[method.toLowerCase()]?.responses[status];
  if (response === undefined) throw new Error(`openapi.yaml does not have the answer ${about}`);
  if (response.content === undefined && contentType === null) return;
  const schema = response.content?.[contentType?.replace(/;.*/, "") ?? ""]?.schema;
  if (schema === undefined) throw new Error(`openapi.yaml does not have ${about} as ${contentType}`);
  const validator = validatorOf(schema, Array.isArray(body));
  if (validator.Check(body)) return;
  const [, errors] = validator.Errors(body);
  const lines = errors.map((error) => `${error.instancePath} ${error.message}`).join("; ");
  throw new Error(`${about} is not what openapi.yaml says: ${lines}\n${JSON.stringify(body).slice(0, 2000)}`);
}

function validatorOf(schema: Record<string, unknown>, isList: boolean): ReturnType<typeof Compile> {
  const key = `${isList} ${JSON.stringify(schema)}`;
  const known = validators.get(key);
  if (known !== undefined) return known;
  // Fields that the document does not have are not promised to anybody: they are a fault as well. The validator takes a list's indices
  // for fields.
  const strict = isList ? {} : { unevaluatedProperties: false };
  const made = Compile({ ...schema, components: document.components, ...strict });
  validators.set(key, made);
  return made;
}
