import type { CodedFault } from "../problems.ts";
import type { CatalogDocument, Envelope, EnvelopeField } from "./document.ts";
import { envelopeOf, findRole, isRole } from "./envelope.ts";
import { leadsInData, within, type Example } from "./examples.ts";
import { isSameJson } from "./sameJson.ts";
import { resolvePointer } from "./pointer.ts";

/** Envelopes whose documents could not be read again: what the gateway would write of each example is read here. */
export function checkEnvelopes(catalog: CatalogDocument, examples: readonly Example[]): CodedFault[] {
  return catalog.envelopes.flatMap((envelope, i) => {
    const at = `/envelopes/${i}`;
    const own = examples.filter((example) => example.envelope === envelope);
    const isLast = i === catalog.envelopes.length - 1;
    return [
      ...checkWhen(envelope, at, isLast),
      ...fieldsOf(envelope).flatMap(([role, field]) => checkField(role, field, `${at}/fields/${role}`, own)),
      ...own.flatMap((example) => checkChoice(catalog, example, at)).slice(0, 1),
      ...checkConstants(envelope, at, own),
    ];
  });
}

function fieldsOf({ fields }: Envelope): [string, EnvelopeField][] {
  return Object.entries(fields);
}

function checkWhen({ when }: Envelope, at: string, isLast: boolean): CodedFault[] {
  if (isLast)
    return when === undefined
      ? []
      : [invalid(`${at}/when`, "stands in the last envelope, which takes every document that no other takes")];
  return when === undefined ? [invalid(at, "takes every document: only the last envelope is without `when`")] : [];
}

function checkField(role: string, field: EnvelopeField, at: string, own: readonly Example[]): CodedFault[] {
  const faults: CodedFault[] = [];
  if (field.prefix !== undefined && role !== "type") faults.push(invalid(`${at}/prefix`, "is for the type alone"));
  if (field.default !== undefined && role !== "tenantId")
    faults.push(invalid(`${at}/default`, "is for the tenantId alone"));
  const whole = role === "data" ? -1 : field.pointers.indexOf("");
  if (whole >= 0) faults.push(invalid(`${at}/pointers/${whole}`, "is the whole document, which only data can be"));
  const [first] = own;
  if (faults.length > 0 || first === undefined || role === "data") return faults;
  const isFlat = first.envelope.fields.data.pointers[0] === "";
  // In a payload without an envelope type and id may stand beside the data, or in the query.
  if (isFlat && (role === "type" || role === "id")) return [];
  const nowhere = danglingInData(field, at, own);
  return nowhere.length > 0 ? nowhere : missingInExample(role, field, at, own);
}

/** One of the pointers must be an envelope's own, or be found in the data of some type. */
function danglingInData({ pointers }: EnvelopeField, at: string, own: readonly Example[]): CodedFault[] {
  const isInData = (pointer: string): boolean =>
    own[0]?.envelope.fields.data.pointers.some(
      // Where the document itself is the last resort for the data, what stands in it is the envelope's.
      (outer) => outer !== "" && within(pointer, outer) !== null,
    ) === true;
  if (pointers.some((pointer) => !isInData(pointer) || own.some((example) => leadsInData(example, pointer)))) return [];
  return [dangling(`${at}/pointers/0`, "leads nowhere in the data of any event type")];
}

function missingInExample(
  role: string,
  { required }: EnvelopeField,
  at: string,
  own: readonly Example[],
): CodedFault[] {
  if (required !== true || !isRole(role)) return [];
  const lacking = own.find(({ envelope, document }) => findRole(envelope, document, role) === null);
  if (lacking === undefined) return [];
  const detail = `leads nowhere in the example of ${lacking.type.name}: its data lacks it, or the field has no example`;
  return [dangling(`${at}/pointers/0`, detail)];
}

/** Its own documents must be read in it, and as what they are. */
function checkChoice(catalog: CatalogDocument, { type, at, envelope, document }: Example, place: string): CodedFault[] {
  const chosen = envelopeOf(catalog, document);
  if (chosen !== envelope) {
    const missing = (envelope.when ?? []).findIndex((pointer) => resolvePointer(document, pointer) === undefined);
    return missing >= 0
      ? [dangling(`${place}/when/${missing}`, `leads nowhere in the example of ${type.name}`)]
      : [invalid(`${place}/when`, `the example of ${type.name} is read in the envelope ${chosen.name}`)];
  }
  // What the gateway makes is told by its name.
  if (type.gateway === true) return [];
  const found = findRole(envelope, document, "type");
  const name = found === null ? type.name : `${envelope.fields.type.prefix ?? ""}${String(found.value)}`;
  return name === type.name ? [] : [invalid(at, `says that it is of the type ${name}`)];
}

function checkConstants({ constants = [] }: Envelope, at: string, own: readonly Example[]): CodedFault[] {
  return constants.flatMap(({ pointer, value }, i): CodedFault[] => {
    const other = own.find(({ document }) => !isSameJson(resolvePointer(document, pointer), value));
    return other === undefined
      ? []
      : [
          dangling(
            `${at}/constants/${i}/pointer`,
            `the example of ${other.type.name} has another value there, or none`,
          ),
        ];
  });
}

function dangling(pointer: string, detail: string): CodedFault {
  return { pointer, detail, code: "danglingPointer" };
}

function invalid(pointer: string, detail: string): CodedFault {
  return { pointer, detail, code: "invalidCatalog" };
}
