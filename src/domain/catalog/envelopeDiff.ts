import type { CodedFault } from "../problems.ts";
import type { CatalogDocument, Envelope, EnvelopeField } from "./document.ts";
import { isSameJson } from "./sameJson.ts";

/** What publishers, who fill an envelope, or receivers, who read it, would notice. Pointers lead into the new document. */
export function diffEnvelopes(before: CatalogDocument, after: CatalogDocument): CodedFault[] {
  return before.envelopes.flatMap((was) => {
    const i = after.envelopes.findIndex(({ name }) => name === was.name);
    const is = after.envelopes[i];
    if (is === undefined) return [breaking("/envelopes", `the envelope ${was.name} is removed`)];
    const at = `/envelopes/${i}`;
    return [
      ...(isSameJson(was.when, is.when) ? [] : [breaking(`${at}/when`, "other documents have this envelope")]),
      ...diffFields(was, is, `${at}/fields`),
      ...diffConstants(was, is, `${at}/constants`),
    ];
  });
}

function diffFields(was: Envelope, is: Envelope, at: string): CodedFault[] {
  const before = new Map<string, EnvelopeField>(Object.entries(was.fields));
  const after = new Map<string, EnvelopeField>(Object.entries(is.fields));
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((role) => {
    const [old, now] = [before.get(role), after.get(role)];
    if (now === undefined) return [breaking(at, `${role} is removed`)];
    const place = `${at}/${role}`;
    const isRequired = now.required === true && old?.required !== true;
    return [
      ...(isRequired ? [breaking(`${place}/required`, `${role} is made required`)] : []),
      ...(old === undefined ? [] : diffField(role, old, now, place)),
    ];
  });
}

function diffField(role: string, was: EnvelopeField, is: EnvelopeField, at: string): CodedFault[] {
  const faults: CodedFault[] = [];
  if (was.pointers[0] !== is.pointers[0])
    faults.push(breaking(`${at}/pointers/0`, `${role} was written at ${was.pointers[0] ?? "another place"}`));
  const gone = was.pointers.slice(1).filter((pointer) => !is.pointers.includes(pointer));
  for (const pointer of gone) faults.push(breaking(`${at}/pointers`, `${role} is not read at ${pointer} any more`));
  if (was.prefix !== is.prefix) faults.push(breaking(`${at}/prefix`, `the prefix was ${was.prefix ?? "none"}`));
  if (was.default !== undefined && is.default !== was.default)
    faults.push(breaking(`${at}/default`, `the default was ${was.default}`));
  return faults;
}

function diffConstants({ constants: was = [] }: Envelope, { constants: is = [] }: Envelope, at: string): CodedFault[] {
  const gone = was
    .filter(({ pointer }) => is.every((constant) => constant.pointer !== pointer))
    .map(({ pointer }) => breaking(at, `${pointer} is not constant any more`));
  const changed = is.flatMap(({ pointer, value }, i) => {
    const old = was.find((constant) => constant.pointer === pointer);
    if (old !== undefined && isSameJson(old.value, value)) return [];
    const detail = old === undefined ? "is a new constant" : `was ${JSON.stringify(old.value)}`;
    return [breaking(`${at}/${i}/value`, `${pointer} ${detail}`)];
  });
  return [...gone, ...changed];
}

function breaking(pointer: string, detail: string): CodedFault {
  return { pointer, detail, code: "breakingChange" };
}
