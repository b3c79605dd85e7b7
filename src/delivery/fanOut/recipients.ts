import type { ChoiceRow } from "#db/sql/preferences.ts";
import type { Preference } from "#domain/catalog/document.ts";
import { setMember } from "#domain/catalog/rewrite.ts";
import { elements, members } from "#domain/rawJson.ts";
import type { About } from "./shape.ts";

/** A document that follows from an event. */
export interface DerivedDocument {
  readonly type: string;
  /** JSON text of an object. */
  readonly native: string;
  /** For whom it is, where whoever derived it says so. */
  readonly userId: string | null;
  /** For whom each of its `recipients` is; empty: nobody says. */
  readonly userIds: readonly string[];
}

/** What these users of a tenant have set of these preferences. */
export type LoadChoices = (asked: {
  readonly tenantId: string;
  readonly catalog: string;
  readonly names: readonly string[];
  readonly users: readonly string[];
}) => Promise<readonly ChoiceRow[]>;

/** The documents, without the recipients who have switched their type off. All documents of an event are asked about at once. */
export async function leaveOut(
  load: LoadChoices,
  { catalog }: About,
  tenantId: string,
  documents: readonly DerivedDocument[],
): Promise<readonly DerivedDocument[]> {
  const preferenceOf = ({ type }: DerivedDocument): Preference | undefined => {
    const name = catalog.types.get(type)?.preference?.name;
    return catalog.document.preferences?.find((preference) => preference.name === name);
  };
  const asked = documents.filter((one) => one.userIds.length > 0 && preferenceOf(one) !== undefined);
  if (asked.length === 0) return documents;
  const names = [...new Set(asked.flatMap((one) => preferenceOf(one)?.name ?? []))];
  const users = [...new Set(asked.flatMap((one) => one.userIds))];
  const rows = await load({ tenantId, catalog: catalog.name, names, users });
  const chosen = new Map(rows.map((row) => [JSON.stringify([row.name, row.user_id]), row.enabled]));
  return documents.map((one) => {
    const preference = preferenceOf(one);
    if (preference === undefined) return one;
    const { name, default: usual } = preference;
    return addressed(one, (user) => chosen.get(JSON.stringify([name, user])) ?? usual === "enabled");
  });
}

/**
 * The document for those who want it. For all of them where nobody does: its own fan-out then says that it was skipped. Where users and
 * recipients are not of the same number nobody knows whose is whose.
 */
function addressed(one: DerivedDocument, wants: (user: string) => boolean): DerivedDocument {
  const { native, userIds } = one;
  const place = members(native).values.get("recipients");
  const recipients = place === undefined ? [] : elements(native, place.start);
  const left = userIds.filter(wants);
  if (recipients.length !== userIds.length || left.length === 0 || left.length === userIds.length) return one;
  const kept = recipients.filter((_, i) => wants(userIds[i] ?? ""));
  const texts = kept.map(({ start, end }) => native.slice(start, end));
  return { ...one, userIds: left, native: setMember(native, "recipients", `[${texts.join(",")}]`) };
}
