/** Judges a parsed expression before it is ever evaluated. */
import { MAX_INSTRUCTIONS, MAX_NODES } from "./bounds.ts";
import { functions, internals, refusedNames } from "./functions.ts";
import { compileRegExp } from "./regex.ts";

export interface Inspected {
  readonly fault: { readonly message: string; readonly position: number | undefined } | null;
  /** Whether evaluating leaves the input as it is. jsonata marks and changes arrays and objects of the input here and there. */
  readonly pure: boolean;
  readonly nodes: number;
  /** Of its regular expressions, compiled. */
  readonly instructions: number;
  /** The allowed functions that it names, and `clone` where the transform operator needs it. */
  readonly calls: ReadonlySet<string>;
}

interface Node {
  readonly [name: string]: unknown;
}

interface State {
  nodes: number;
  instructions: number;
  pure: boolean;
  fault: { message: string; position: number | undefined } | null;
  readonly calls: Set<string>;
  readonly bound: Set<string>;
  /** Variables that are called, or named at all, with their positions. */
  readonly called: { name: string; position: number | undefined }[];
  readonly regexes: Map<number, RegExp>;
  readonly lostRegexes: Node[];
}

export function inspect(ast: unknown): Inspected {
  const state: State = {
    nodes: 0,
    instructions: 0,
    pure: true,
    fault: null,
    calls: new Set(),
    bound: new Set(),
    called: [],
    regexes: new Map(),
    lostRegexes: [],
  };
  walk(state, ast, true);
  restoreRegexes(state);
  for (const { name, position } of state.called) {
    // A name that the expression gives to something else may hold a part of the input: calling it would mark that.
    if (!functions.has(name) || state.bound.has(name)) state.pure = false;
    if (!functions.has(name) && !state.bound.has(name))
      refuse(state, `calls $${name}, which is not a function here`, position);
  }
  const { fault, pure, nodes, instructions, calls } = state;
  return { fault, pure, nodes, instructions, calls };
}

/** @param atRoot whether the node is evaluated on the whole input, which is an object and no array */
function walk(state: State, value: unknown, atRoot: boolean): void {
  if (typeof value !== "object" || value === null || value instanceof RegExp || state.fault !== null) return;
  if (Array.isArray(value)) {
    for (const item of value) walk(state, item, atRoot);
    return;
  }
  if (++state.nodes > MAX_NODES) return refuse(state, `is too large: it has more than ${MAX_NODES} parts`, undefined);
  if (isNode(value)) {
    judge(state, value, atRoot);
    for (const [name, member] of Object.entries(value)) {
      const below = atRoot && value["type"] !== "path" && name !== "predicate" && name !== "stages" && name !== "body";
      if (name !== "slot" && name !== "ancestor" && name !== "seekingParent") walk(state, member, below);
    }
  }
}

function judge(state: State, node: Node, atRoot: boolean): void {
  const position = typeof node["position"] === "number" ? node["position"] : undefined;
  if ("group" in node || "keepArray" in node || "keepSingletonArray" in node) state.pure = false;
  for (const name of [node["focus"], node["index"]]) if (typeof name === "string") state.bound.add(name);
  const value = node["value"];
  switch (node["type"]) {
    case "variable":
      if (typeof value === "string") judgeVariable(state, value, position);
      break;
    case "bind":
      if (isNode(node["lhs"]) && typeof node["lhs"]["value"] === "string") state.bound.add(node["lhs"]["value"]);
      break;
    case "lambda":
      judgeLambda(state, node, position);
      break;
    case "function":
    case "partial":
      judgeCall(state, node["procedure"], position);
      break;
    case "transform":
      state.pure = false;
      for (const name of internals.keys()) state.calls.add(name);
      guardTransform(node);
      break;
    case "unary":
      if (value === "{" && !atRoot) state.pure = false;
      break;
    case "index":
      if (typeof value === "string") state.bound.add(value);
      break;
    case "regex":
      judgeRegex(state, node, position);
      break;
  }
}

function judgeVariable(state: State, name: string, position: number | undefined): void {
  if (functions.has(name)) state.calls.add(name);
  else if (refusedNames.has(name)) refuse(state, `names $${name}, which is not available here`, position);
}

function judgeLambda(state: State, node: Node, position: number | undefined): void {
  if (node["signature"] !== undefined)
    refuse(state, "gives a function a signature, which is not supported here", position);
  if (!Array.isArray(node["arguments"])) return;
  for (const parameter of node["arguments"])
    if (isNode(parameter) && typeof parameter["value"] === "string") state.bound.add(parameter["value"]);
}

function judgeCall(state: State, procedure: unknown, position: number | undefined): void {
  if (!isNode(procedure)) return;
  if (procedure["type"] === "variable" && typeof procedure["value"] === "string") {
    if (procedure["value"] === "only objects") return;
    state.called.push({ name: procedure["value"], position });
    return;
  }
  state.pure = false;
  const steps = procedure["type"] === "path" && Array.isArray(procedure["steps"]) ? procedure["steps"] : [];
  const only: unknown = steps.length === 1 ? steps[0] : undefined;
  if (isNode(only) && typeof only["value"] === "string" && functions.has(only["value"]))
    refuse(state, `calls ${only["value"]}: functions are written with a $, as in $${only["value"]}`, position);
}

/** What the pattern finds goes through `only objects` before it is changed. */
function guardTransform(node: Node): void {
  const procedure = { type: "variable", value: "only objects" };
  Object.assign(node, { pattern: { type: "function", procedure, arguments: [node["pattern"]] } });
}

function judgeRegex(state: State, node: Node, position: number | undefined): void {
  const source = node["value"];
  if (!(source instanceof RegExp)) {
    state.lostRegexes.push(node);
    return;
  }
  if (position !== undefined) state.regexes.set(position, source);
  try {
    state.instructions += compileRegExp(source).programSize();
  } catch {
    refuse(state, "has a regular expression that is too long or that RE2 does not know", position);
  }
  if (state.instructions > MAX_INSTRUCTIONS)
    refuse(state, "has regular expressions that count too much, or too many of them", position);
}

/** For `??` and `?:` jsonata copies what stands left of them by JSON, which loses regular expressions: the copy's position tells which. */
function restoreRegexes(state: State): void {
  for (const node of state.lostRegexes) {
    const position = typeof node["position"] === "number" ? node["position"] : -1;
    const source = state.regexes.get(position);
    if (source === undefined) refuse(state, "has a regular expression that cannot be read", position);
    else Object.assign(node, { value: source });
  }
}

function refuse(state: State, message: string, position: number | undefined): void {
  state.fault ??= { message, position };
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null;
}
