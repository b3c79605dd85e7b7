import type { Look, SeenDelivery, SeenEvent, SeenLane } from "./look.ts";

// What may happen between two looks: rules that no single look can show.

/** Sentences that a step has broken. */
export function brokenBy(before: Look, after: Look, wasMuch: boolean, redelivered: ReadonlySet<string>): string[] {
  const known = new Map(before.deliveries.map((row) => [row.id, row]));
  const letGo = after.deliveries.filter((row) => row.status === "queued" && known.get(row.id)?.status !== "queued");
  const lanes = new Map(before.lanes.map((lane) => [lane.endpoint, lane]));
  return [
    ...letGo.flatMap((row) => whatStoodBefore(row, known, before, after, redelivered)),
    ...after.lanes.flatMap((lane) => {
      const was = lanes.get(lane.endpoint);
      const own = letGo.filter((row) => row.endpoint === lane.endpoint);
      return was === undefined || own.length === 0 ? [] : whatLaneHeld(was, lane, own, after, wasMuch);
    }),
  ];
}

function whatStoodBefore(
  row: SeenDelivery,
  known: ReadonlyMap<string, SeenDelivery>,
  before: Look,
  after: Look,
  redelivered: ReadonlySet<string>,
): string[] {
  if (row.key === null) return [];
  const first = after.deliveries.find((other) => {
    const was = known.get(other.id);
    const isOfKey = other.endpoint === row.endpoint && other.key === row.key;
    // One that came to its end meanwhile, and then took its place again, has let it go.
    const isAnew = redelivered.has(other.id) || was?.replay !== other.replay;
    return isOfKey && !isAnew && isActive(other) && was !== undefined && isActive(was) && isBefore(other, row);
  });
  const pending = after.events.find(
    (event) => event.key === row.key && isBefore(event, row) && before.events.some((was) => was.event === event.event),
  );
  return [
    ...(first === undefined
      ? []
      : [`Nobody of a key goes before who stands before him: ${row.id} went before ${first.id} (${first.status})`]),
    ...(pending === undefined
      ? []
      : [`Nobody of a key goes before an earlier event is fanned out: ${row.id} before ${pending.event}`]),
  ];
}

function isActive({ status, blocks }: SeenDelivery): boolean {
  return status === "held" || status === "scheduled" || status === "queued" || blocks;
}

function isBefore(one: Pick<SeenEvent, "event"> & { readonly at: number | null }, other: SeenDelivery): boolean {
  if (one.at === null || other.at === null) return false;
  return one.at < other.at || (one.at === other.at && one.event < other.event);
}

function whatLaneHeld(
  was: SeenLane,
  is: SeenLane,
  letGo: readonly SeenDelivery[],
  after: Look,
  wasMuch: boolean,
): string[] {
  const [first] = letGo;
  if (isPersons(was) && isPersons(is) && was.shown === is.shown)
    return [`What a person holds lets nothing go: ${first?.id} of ${is.endpoint}`];
  // It may have opened and closed again meanwhile.
  const isHeld = was.shown !== null && is.shown !== null && !wasMuch;
  const unasked = letGo.find((row) => !row.admitted);
  if (isHeld && unasked) return [`What is held goes by its lane alone: ${unasked.id} of ${is.endpoint} (${is.shown})`];
  // A replay's have a room of their own.
  const admitted = letGo.filter((row) => row.admitted && row.replay === null);
  if (admitted.length === 0) return [];
  const underWay = after.deliveries.filter(
    (row) => row.endpoint === is.endpoint && row.status === "queued" && row.admitted,
  ).length;
  if (was.reason === "failing" && is.reason === "failing" && underWay > 1)
    return [`A failing lane has one probe: ${is.endpoint} has ${underWay}`];
  const room = Math.max(was.room ?? 100, is.room ?? 100);
  if (underWay > room && !wasMuch)
    return [`A lane lets through what it has room for: ${is.endpoint} has ${underWay} under way, and room for ${room}`];
  return [];
}

function isPersons({ shown, mode }: SeenLane): boolean {
  return mode === "poll" || shown === "paused" || shown === "disabled";
}
