/** Milliseconds since the Unix epoch, as a function: time is a parameter everywhere but in the entries. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();

/** A number in [0, 1), as a function: chance is a parameter too. */
export type Chance = () => number;

export const systemChance: Chance = () => Math.random();
