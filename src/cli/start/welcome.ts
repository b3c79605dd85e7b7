/** What the welcome names. */
export interface WelcomeFacts {
  /** `http://host:port` */
  origin: string;
  seconds: number;
  /** Shell text that yields the operator key. */
  keyExpression: string;
  /** The key itself, only on the start that made it. */
  newOperatorKey: string | undefined;
  /** Where the key is kept; undefined when it came from the environment. */
  keyPath: string | undefined;
  receiverSecret: string | undefined;
  logs: string | undefined;
}

/** What a person reads once everything runs: the address, the key, and the lines to a first delivery. */
export function welcome(facts: WelcomeFacts): string {
  const lines = [
    "",
    `Posthorn is ready at ${facts.origin} (started in ${facts.seconds.toFixed(1)} s)`,
    ...operatorKeyLines(facts),
    ...(facts.logs === undefined ? [] : [`Logs of the API and the deliverer: ${facts.logs}`]),
    ...(facts.receiverSecret === undefined ? [] : firstDelivery(facts, facts.receiverSecret)),
    "",
    "Ctrl-C stops everything.",
    "",
  ];
  return lines.join("\n");
}

function operatorKeyLines({ newOperatorKey, keyPath }: WelcomeFacts): string[] {
  if (keyPath === undefined) return ["Operator key: the one in POSTHORN_OPERATOR_KEY"];
  if (newOperatorKey === undefined) return [`Operator key: kept in ${keyPath}`];
  return [`Operator key: ${newOperatorKey}`, `              (shown this once; kept in ${keyPath})`];
}

function firstDelivery({ origin, keyExpression }: WelcomeFacts, secret: string): string[] {
  const send = (path: string, body: unknown, method = ""): string =>
    `  curl -sS -w '\\n' ${method}${origin}${path} -H "authorization: Bearer $KEY" -H "content-type: application/json" -d '${JSON.stringify(body)}'`;
  return [
    "",
    "A first delivery. In a second terminal, a receiver that shows what arrives and whether its signature holds:",
    `  npm run receiver -- --secret ${secret}`,
    "In a third one, from this folder:",
    `  KEY=${keyExpression}`,
    send("/v1/event-types", { name: "user.created" }),
    send("/v1/tenants/acme", { name: "Acme" }, "-X PUT "),
    send("/v1/tenants/acme/endpoints", { url: "http://127.0.0.1:9900/", eventTypes: ["user.*"], secret }),
    send("/v1/events", { type: "user.created", tenantId: "acme", data: { userId: "u_1", email: "ada@example.com" } }),
  ];
}
