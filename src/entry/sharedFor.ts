/** Asks at most once in so many milliseconds: those who ask meanwhile get the same answer, also while it is under way. */
export function sharedFor<T>(freshMs: number, ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  let askedAt = 0;
  return () => {
    const now = performance.now();
    if (answer === undefined || now - askedAt > freshMs) {
      askedAt = now;
      answer = ask();
    }
    return answer;
  };
}
