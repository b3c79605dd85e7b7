import { fork } from "node:child_process";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { onTestFinished } from "vitest";

/** A way to a receiver whose process has stopped accepting, and whose backlog is full. */
export interface FullBacklog {
  readonly port: number;
  /** It accepts again, and passes everything on. */
  heal(): void;
}

/** Starts a listener of the calling scenario in front of the port; it accepts nothing until it heals. */
export async function startFullBacklog(port: number): Promise<FullBacklog> {
  const child = fork(new URL("listenerProcess.ts", import.meta.url), [String(port)], { stdio: "inherit" });
  onTestFinished(() => void child.kill("SIGKILL"));
  const listening = await new Promise<number>((resolve, reject) => {
    child.once("message", (message) => resolve(Number(message)));
    child.once("exit", () => reject(new Error("the listener ended")));
  });
  child.kill("SIGSTOP");
  const fillers: Socket[] = [];
  onTestFinished(() => fillers.forEach((socket) => socket.destroy()));
  while (await connects(listening, fillers));
  return {
    port: listening,
    heal() {
      fillers.forEach((socket) => socket.destroy());
      child.kill("SIGCONT");
    },
  };
}

/** Whether the kernel still completes a connection for the process that stands still. */
async function connects(port: number, fillers: Socket[]): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  fillers.push(socket);
  socket.on("error", () => {});
  const connected = new Promise<boolean>((resolve) => socket.once("connect", () => resolve(true)));
  return Promise.race([connected, delay(500, false)]);
}
