// What receivers do with connections and requests, good and bad.
import { type Socket } from "node:net";
import { gzipSync } from "node:zlib";

export interface Behaviour {
  /** Done with every connection at once … */
  readonly onConnection?: (socket: Socket) => void;
  /** … and with every complete request; absent: nothing, and no answer. */
  readonly onRequest?: (socket: Socket, nth: number) => void;
  /** Whether the nth request gets a 2xx, and so has been delivered as far as the receiver knows. */
  readonly accepts: (nth: number) => boolean;
}

const never = (): boolean => false;
const always = (): boolean => true;

/** A status with no body. */
export function statusLine(status: number, headers: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Said\r\n${lines.join("")}content-length: 0\r\n\r\n`;
}

/** Answers every request with this text, and keeps the connection. */
export function answers(text: string | ((nth: number) => string), accepts: Behaviour["accepts"] = never): Behaviour {
  return { onRequest: (socket, nth) => socket.write(typeof text === "string" ? text : text(nth)), accepts };
}

/** Answers every request with this text, and closes. */
export function answersAndCloses(text: string, accepts: Behaviour["accepts"] = never): Behaviour {
  return { onRequest: (socket) => socket.end(text), accepts };
}

export const OK = answers(statusLine(200), always);

/** The same, with a new connection for every request. */
export const okAndClosed = answersAndCloses(statusLine(200, { connection: "close" }), always);

export const silent: Behaviour = { accepts: never };

export const resets: Behaviour = { onConnection: (socket) => socket.resetAndDestroy(), accepts: never };

export const endsAtOnce: Behaviour = { onConnection: (socket) => socket.end(), accepts: never };

export const endsAfterRequest: Behaviour = { onRequest: (socket) => socket.end(), accepts: never };

/** A status, half of the body that it promises, and FIN. */
export const endsInBody = answersAndCloses("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf of it", always);

export const endsInStatusLine = answersAndCloses("HTTP/1.1 20");

/** One byte a second of a head that never ends. */
export const dripsHead: Behaviour = {
  onRequest: (socket) => drip(socket, "HTTP/1.1 200 OK\r\nserver: slow\r\n".repeat(100), 1, 1000),
  accepts: never,
};

/** A 200, and then one byte a second of a body that never ends. */
export const dripsBody: Behaviour = {
  onRequest(socket) {
    socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n");
    drip(socket, "x".repeat(100_000), 1, 1000);
  },
  accepts: always,
};

const earlyHints = "HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n";

/** Ten 103s a second for ever: fewer in all than are taken for an attack. */
export const dripsEarlyHints: Behaviour = {
  onRequest: (socket) => drip(socket, earlyHints.repeat(1000), earlyHints.length, 100),
  accepts: never,
};

export const poursEarlyHints: Behaviour = {
  onRequest: (socket) => pour(socket, earlyHints.repeat(50)),
  accepts: never,
};

/** 100 MB of zeros in 100 kB. */
export function gzipBomb(): Behaviour {
  const bomb = gzipSync(Buffer.alloc(100_000_000), { level: 9 });
  const head = `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-type: application/json\r\ncontent-length: ${bomb.length}\r\n\r\n`;
  return {
    onRequest(socket) {
      socket.write(head);
      socket.write(bomb);
    },
    accepts: always,
  };
}

/** A body of 10 GiB, as fast as the other side takes it. */
export const tenGibibytes: Behaviour = {
  onRequest(socket) {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${10 * 2 ** 30}\r\n\r\n`);
    pour(socket, "x".repeat(65_536));
  },
  accepts: always,
};

/** 200, but to the first `lates` requests only after so long. */
export function answersLate(lates: number, afterMs: number): Behaviour {
  return {
    onRequest(socket, nth) {
      if (nth > lates) socket.write(statusLine(200));
      else setTimeout(() => socket.end(statusLine(200)), afterMs).unref();
    },
    accepts: always,
  };
}

/** A behaviour for several receivers together. */
export interface Gathered {
  readonly behaviour: Behaviour;
  /** The most requests that ever waited for their answers at once. */
  mostAtOnce(): number;
}

/** Answers nobody until so many wait, then all of them at once; and from then on whoever comes. */
export function gathered(count: number, { onRequest, accepts }: Behaviour): Gathered {
  const waiting = new Map<Socket, number>();
  let [mostAtOnce, isOpen] = [0, false];
  const come = (socket: Socket, nth: number): void => {
    if (isOpen) return onRequest?.(socket, nth);
    waiting.set(socket, nth);
    socket.once("close", () => waiting.delete(socket));
    mostAtOnce = Math.max(mostAtOnce, waiting.size);
    if (waiting.size < count) return;
    isOpen = true;
    for (const [each, its] of waiting) onRequest?.(each, its);
  };
  return { behaviour: { onRequest: come, accepts }, mostAtOnce: () => mostAtOnce };
}

function drip(socket: Socket, text: string, size: number, everyMs: number): void {
  let at = 0;
  const timer = setInterval(() => {
    socket.write(text.slice(at, at + size));
    at += size;
  }, everyMs);
  socket.on("close", () => clearInterval(timer));
}

/** Writes without end, as fast as it is taken. */
function pour(socket: Socket, text: string): void {
  const write = (): void => {
    while (!socket.destroyed && socket.write(text));
  };
  socket.on("drain", write);
  write();
}
