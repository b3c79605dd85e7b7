import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { choosePort } from "#cli/start/port.ts";
import { freePort } from "#test/clone.ts";

test("the deliverer's metrics go to their port, or nowhere where another program has it, unless it was asked for", async () => {
  const port = await freePort();
  expect(await choosePort("127.0.0.1", port, false)).toBe(port);
  const other = createServer();
  onTestFinished(() => void other.close());
  await new Promise<void>((resolve) => void other.listen(port, "127.0.0.1", resolve));
  expect(await choosePort("127.0.0.1", port, false)).toBe(0);
  expect(await choosePort("127.0.0.1", port, true)).toBe(port);
});
