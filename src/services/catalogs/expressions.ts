import { withDefinitions } from "#domain/catalog/definitions.ts";
import type { CatalogDocument, CatalogType, Json, TypeVersion } from "#domain/catalog/document.ts";
import { envelopeFor, exampleDocument } from "#domain/catalog/envelope.ts";
import { Problem, type CodedFault } from "#domain/problems.ts";
import { askDeliverer, type AskingContext, type EvaluationAnswer, type EvaluationRequest } from "../evaluations.ts";
import { compileSchema } from "../schemas.ts";

/** An expression of a catalog, the example to try it on, and what its result must be valid against. */
interface Expression {
  readonly pointer: string;
  readonly expression: string;
  /** JSON text. */
  readonly input: string;
  /** JSON text of the schema of a downgrade's result. */
  readonly schema?: string;
}

const AT_ONCE = 10;

/**
 * Has a deliverer read every expression of a catalog and try it on the catalog's own examples: nothing is evaluated here. What a downgrade
 * gives must be valid data of the version before.
 * @returns the faults, with pointers into the catalog: invalidExpression, expressionTimeout, invalidDowngrade
 * @throws {Problem} noEvaluator
 */
export async function checkExpressions(ctx: AskingContext, catalog: CatalogDocument): Promise<readonly CodedFault[]> {
  const expressions = [...templatesOf(catalog), ...catalog.types.flatMap((type, i) => ofType(catalog, type, i))];
  const checks = expressions.map(({ expression }) => ({ kind: "check", expression }) as const);
  const readable = await ask(ctx, checks);
  const unreadable = expressions.flatMap(({ pointer }, i): CodedFault[] => {
    const answer = readable[i];
    return answer?.ok === false ? [{ pointer, detail: answer.message, code: "invalidExpression" }] : [];
  });
  if (unreadable.length > 0) return unreadable;
  const tries = expressions.map(({ expression, input }) => ({ kind: "evaluate", expression, input }) as const);
  const answers = await ask(ctx, tries);
  return expressions.flatMap((expression, i) => judge(expression, answers[i]));
}

/** A few at a time; where they take a deliverer more than its second together, one after the other. */
async function ask(ctx: AskingContext, requests: readonly EvaluationRequest[]) {
  const answers: EvaluationAnswer[] = [];
  for (let i = 0; i < requests.length; i += AT_ONCE) {
    const some = requests.slice(i, i + AT_ONCE);
    try {
      answers.push(...(await askDeliverer(ctx, some)));
    } catch (error) {
      if (some.length === 1 || !(error instanceof Problem) || error.code !== "noEvaluator") throw error;
      for (const one of some) answers.push(...(await askDeliverer(ctx, [one])));
    }
  }
  return answers;
}

function judge({ pointer, schema }: Expression, answer: EvaluationAnswer | undefined): CodedFault[] {
  if (answer === undefined) return [];
  if (!answer.ok) {
    if (answer.reason === "timeout") return [{ pointer, detail: answer.message, code: "expressionTimeout" }];
    if (schema !== undefined) return [{ pointer, detail: answer.message, code: "invalidDowngrade" }];
    // On one example a filter may fail and be right on others.
    return answer.reason === "failed" ? [] : [{ pointer, detail: answer.message, code: "invalidExpression" }];
  }
  if (schema === undefined) return [];
  if (answer.result === "") return [{ pointer, detail: "gives nothing for the example", code: "invalidDowngrade" }];
  const faults = compileSchema(schema).validate(JSON.parse(answer.result));
  return faults.map(({ pointer: place, detail }) => ({
    pointer,
    detail: `what it gives for the example is not valid: ${place === "" ? "it" : place} ${detail}`,
    code: "invalidDowngrade",
  }));
}

function templatesOf(catalog: CatalogDocument): Expression[] {
  return (catalog.templates ?? []).flatMap(({ filter, transform, eventTypes: [pattern = ""], version }, i) => {
    const type = catalog.types.find(({ name }) =>
      pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
    );
    const example = type?.versions.find((v) => v.version === version) ?? type?.versions.at(-1);
    if (type === undefined || example === undefined) return [];
    const input = standardExample(catalog, type, example);
    return Object.entries({ filter, transform }).flatMap(([member, expression]) =>
      expression === undefined ? [] : [{ pointer: `/templates/${i}/${member}`, expression, input }],
    );
  });
}

/** The event as subscriptions see it. */
function standardExample(catalog: CatalogDocument, { name }: CatalogType, { version, example }: TypeVersion): string {
  const { fields } = envelopeFor(catalog, name);
  const said: { [role: string]: Json } = {};
  for (const [role, field] of Object.entries(fields)) if (field.example !== undefined) said[role] = field.example;
  return JSON.stringify({ ...said, type: name, version, data: example });
}

function ofType(catalog: CatalogDocument, type: CatalogType, i: number): Expression[] {
  const newest = type.versions.at(-1);
  const document = newest === undefined ? "" : exampleDocument(catalog, type, newest);
  const derives = (type.derives ?? []).map(({ documents }, j) => ({
    pointer: `/types/${i}/derives/${j}/documents`,
    expression: documents,
    input: document,
  }));
  const downgrades = type.versions.flatMap(({ downgrade, example }, j): Expression[] => {
    const older = type.versions[j - 1];
    if (downgrade === undefined || older === undefined) return [];
    const schema = JSON.stringify(withDefinitions(older.schema, catalog.definitions ?? {}));
    const pointer = `/types/${i}/versions/${j}/downgrade`;
    return [{ pointer, expression: downgrade, input: JSON.stringify(example), schema }];
  });
  return [...derives, ...downgrades];
}
