/**
 * Lays JSON out over several lines without touching a token: JSON.parse and JSON.stringify would show 1.0 as 1 and
 * 1e400 as null, which is not what arrived. The text must be valid JSON.
 */
export function indentJson(text: string): string {
  let out = "";
  let depth = 0;
  const breakLine = (): string => `\n${"  ".repeat(depth)}`;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    if (token === "{" || token === "[") {
      depth += 1;
      out += token + breakLine();
    } else if (token === "}" || token === "]") {
      depth -= 1;
      const isEmpty = /[{[]\s*$/.test(out.slice(-2 * depth - 4));
      out = isEmpty ? out.trimEnd() + token : out + breakLine() + token;
    } else if (token === ",") {
      out += token + breakLine();
    } else {
      out += token === ":" ? ": " : token;
    }
  }
  return out;
}
