/** Colours for one stream: plain text where it is no terminal, or where NO_COLOR is set (https://no-color.org). */
export interface Paint {
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  dim(text: string): string;
  bold(text: string): string;
}

export function paintFor(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): Paint {
  const coloured = stream.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
  const wrap = (open: number, close: number) => (text: string) =>
    coloured ? `\u001B[${open}m${text}\u001B[${close}m` : text;
  return { good: wrap(32, 39), bad: wrap(31, 39), warn: wrap(33, 39), dim: wrap(2, 22), bold: wrap(1, 22) };
}

/** Text from elsewhere, safe to print: control characters could move the cursor or rewrite what stands above. */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n]/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/** 1234567 as 1,234,567, whatever the locale. */
export function thousands(value: number): string {
  return value.toLocaleString("en-US");
}
