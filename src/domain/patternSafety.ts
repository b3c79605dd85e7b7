/**
 * Finds in a regular expression what makes backtracking engines take exponential time: a repetition of repetitions, such as `(a+)+`.
 * The gateway itself matches by RE2, which is linear; but schemas and naming conventions are published, and others match with what they
 * have. A repetition is let through where each of its rounds begins or ends with a character that nothing else in it takes:
 * `[a-z]+(\.[a-z]+)*`.
 * @param pattern one that RE2 has compiled
 */
export function isUnsafePattern(pattern: string): boolean {
  return isUnsafe(new Parser(pattern).parse());
}

/** Above this a counted repetition counts as an unbounded one: `(a{1,99}){1,99}` takes as long. */
const MANY = 16;

type Node =
  | { readonly kind: "chars"; readonly set: CharSet }
  /** An assertion: takes no character. */
  | { readonly kind: "nothing" }
  | { readonly kind: "sequence"; readonly items: readonly Node[] }
  | { readonly kind: "either"; readonly options: readonly Node[] }
  | { readonly kind: "repeat"; readonly item: Node; readonly min: number; readonly max: number };

/** Which of the 128 ASCII characters, and at the end, whether any other. */
type CharSet = readonly boolean[];

function isUnsafe(node: Node): boolean {
  if (node.kind === "sequence") return node.items.some(isUnsafe);
  if (node.kind === "either") return node.options.some(isUnsafe);
  if (node.kind !== "repeat") return false;
  return isUnsafe(node.item) || (node.max > MANY && repeats(node.item) && !isDelimited(node.item));
}

function repeats(node: Node): boolean {
  if (node.kind === "sequence") return node.items.some(repeats);
  if (node.kind === "either") return node.options.some(repeats);
  return node.kind === "repeat" && (node.max > MANY || repeats(node.item));
}

function isDelimited(node: Node): boolean {
  const items = node.kind === "sequence" ? node.items : [node];
  return [items[0], items.at(-1)].some((edge) => {
    if (edge?.kind !== "chars") return false;
    const others = items.filter((item) => item !== edge).flatMap(setsOf);
    return others.every((set) => set.every((has, i) => !has || edge.set[i] !== true));
  });
}

function setsOf(node: Node): readonly CharSet[] {
  if (node.kind === "chars") return [node.set];
  if (node.kind === "sequence") return node.items.flatMap(setsOf);
  if (node.kind === "either") return node.options.flatMap(setsOf);
  return node.kind === "repeat" ? setsOf(node.item) : [];
}

/** Reads as much of RE2's syntax as the question needs; what it does not know takes any character. */
class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Node {
    const options = [this.#sequence()];
    while (this.#take("|")) options.push(this.#sequence());
    const [only] = options;
    return only !== undefined && options.length === 1 ? only : { kind: "either", options };
  }

  #sequence(): Node {
    const items: Node[] = [];
    while (this.#at < this.#text.length && !"|)".includes(this.#text.charAt(this.#at))) {
      items.push(this.#repeated(this.#atom()));
    }
    return { kind: "sequence", items };
  }

  #repeated(atom: Node): Node {
    let item = atom;
    for (;;) {
      const found = /[*+?]|\{(\d+)(,?)(\d*)\}/y;
      found.lastIndex = this.#at;
      const [sign, from = "0", comma = "", to = ""] = found.exec(this.#text) ?? [];
      if (sign === undefined) return item;
      this.#at += sign.length;
      // Lazy or not: the same words in another order.
      this.#take("?");
      const counted = { min: Number(from), max: comma === "" ? Number(from) : to === "" ? Infinity : Number(to) };
      const { min, max } = BOUNDS[sign] ?? counted;
      item = { kind: "repeat", item, min, max };
    }
  }

  #atom(): Node {
    const char = this.#text.charAt(this.#at);
    if (char === "(") return this.#group();
    if (char === "[") return { kind: "chars", set: this.#class() };
    if (char === "\\") return this.#escape();
    this.#at += 1;
    if (char === "^" || char === "$") return NOTHING;
    return { kind: "chars", set: char === "." ? ANY : setOf((c) => c === char, !isAscii(char)) };
  }

  #group(): Node {
    const opening = /\((?:\?(?:P?<\w+>|[a-zA-Z-]*[:)])?)?/y;
    opening.lastIndex = this.#at;
    const [open = "("] = opening.exec(this.#text) ?? [];
    this.#at += open.length;
    if (open.endsWith(")")) return NOTHING;
    const node = this.parse();
    this.#take(")");
    // Under flags, such as (?i:…), characters are others than they look.
    return /^\(\?[a-zA-Z-]+:$/.test(open) ? widened(node) : node;
  }

  #escape(): Node {
    const char = this.#text.charAt(this.#at + 1);
    if (/[bBAzZG]/.test(char)) {
      this.#at += 2;
      return NOTHING;
    }
    return { kind: "chars", set: this.#escaped() };
  }

  #escaped(): CharSet {
    const long = /\\(?:[pP](?:\{[^}]*\}|.)|x\{[^}]*\}|x..|u\{[^}]*\}|u[0-9a-fA-F]{4}|Q.*?(?:\\E|$))/y;
    long.lastIndex = this.#at;
    const [found] = long.exec(this.#text) ?? [];
    const char = this.#text.charAt(this.#at + 1);
    this.#at += found?.length ?? 2;
    if (found !== undefined) return ANY;
    const shorthand = SHORTHANDS[char.toLowerCase()];
    if (shorthand !== undefined) return char === char.toLowerCase() ? shorthand : shorthand.map((has) => !has);
    const control = CONTROLS[char] ?? char;
    return setOf((c) => c === control, !isAscii(control));
  }

  #class(): CharSet {
    this.#at += 1;
    const isNegated = this.#take("^");
    let set = NONE;
    for (
      let first = true;
      this.#at < this.#text.length && (first || this.#text.charAt(this.#at) !== "]");
      first = false
    ) {
      const from = this.#member();
      const isRange = this.#text.charAt(this.#at) === "-" && this.#text.charAt(this.#at + 1) !== "]";
      if (isRange) this.#at += 1;
      set = union(set, isRange ? between(from, this.#member()) : from);
    }
    this.#at += 1;
    return isNegated ? set.map((has, i) => i === OTHER || !has) : set;
  }

  #member(): CharSet {
    if (this.#text.startsWith("[:", this.#at)) {
      this.#at = this.#text.indexOf(":]", this.#at) + 2;
      return ANY;
    }
    if (this.#text.charAt(this.#at) === "\\") return this.#escaped();
    const char = this.#text.charAt(this.#at);
    this.#at += 1;
    return setOf((c) => c === char, !isAscii(char));
  }

  #take(text: string): boolean {
    const found = this.#text.startsWith(text, this.#at);
    if (found) this.#at += text.length;
    return found;
  }
}

const OTHER = 128;
const ANY = setOf(() => true, true);
const NONE = setOf(() => false, false);
const NOTHING: Node = { kind: "nothing" };
const BOUNDS: Readonly<Record<string, { readonly min: number; readonly max: number }>> = {
  "*": { min: 0, max: Infinity },
  "+": { min: 1, max: Infinity },
  "?": { min: 0, max: 1 },
};
const SHORTHANDS: Readonly<Record<string, CharSet>> = {
  d: setOf((c) => /\d/.test(c), false),
  w: setOf((c) => /\w/.test(c), false),
  s: setOf((c) => /\s/.test(c), true),
};
const CONTROLS: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", f: "\f", v: "\v" };

function setOf(has: (char: string) => boolean, others: boolean): CharSet {
  return Array.from({ length: OTHER + 1 }, (_, i) => (i === OTHER ? others : has(String.fromCharCode(i))));
}

function isAscii(char: string): boolean {
  return char.charCodeAt(0) < OTHER;
}

function union(a: CharSet, b: CharSet): CharSet {
  return a.map((has, i) => has || b[i] === true);
}

/** From the first character of one to the last of the other. */
function between(a: CharSet, b: CharSet): CharSet {
  const [first, last] = [a.indexOf(true), b.lastIndexOf(true)];
  return a.map((_, i) => i >= first && i <= last);
}

function widened(node: Node): Node {
  if (node.kind === "chars") return { kind: "chars", set: ANY };
  if (node.kind === "sequence") return { kind: "sequence", items: node.items.map(widened) };
  if (node.kind === "either") return { kind: "either", options: node.options.map(widened) };
  return node.kind === "repeat" ? { ...node, item: widened(node.item) } : node;
}
