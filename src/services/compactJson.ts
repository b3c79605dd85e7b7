/** JSON text without the white space between its tokens; numbers, strings and the order of members stay as they are written. */
export function compactJson(text: string): string {
  return text.replaceAll(/("[^"\\]*(?:\\.[^"\\]*)*")|\s+/g, "$1");
}
