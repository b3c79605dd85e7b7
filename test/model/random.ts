/** Chance from a seed: the same seed draws the same again. */
export interface Chances {
  /** In [0, 1). */
  next(): number;
  /** 0 to n - 1. */
  below(n: number): number;
  chance(share: number): boolean;
  /** Undefined where there is none. */
  pick<T>(items: readonly T[]): T | undefined;
  /** At most so many of them, in any order. */
  some<T>(items: readonly T[], most: number): T[];
}

/** mulberry32, by Tommy Ettinger (public domain): 32 bits of state, which a failure prints. */
export function chancesOf(seed: number): Chances {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return {
    next,
    below,
    chance: (share) => next() < share,
    pick: (items) => items[below(items.length)],
    some(items, most) {
      const left = [...items];
      const chosen = [];
      while (chosen.length < most && left.length > 0) chosen.push(...left.splice(below(left.length), 1));
      return chosen;
    },
  };
}
