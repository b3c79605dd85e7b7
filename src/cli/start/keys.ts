import { randomBytes } from "node:crypto";
import { join, relative } from "node:path";
import type { StartSettings } from "./settings.ts";
import { keepSecret } from "./state.ts";

/** What the children get in their environment, and what the welcome says about them. */
export interface Keys {
  environment: Record<string, string>;
  keyExpression: string;
  newOperatorKey: string | undefined;
  keyPath: string | undefined;
  receiverSecret: string | undefined;
}

/** In development, makes the keys on the first start and keeps them in `directory`; what `env` sets goes first. */
export function keepKeys(settings: StartSettings, directory: string, env: NodeJS.ProcessEnv): Keys {
  const fromEnvironment = { keyExpression: "$POSTHORN_OPERATOR_KEY", newOperatorKey: undefined, keyPath: undefined };
  if (!settings.development) return { environment: {}, ...fromEnvironment, receiverSecret: undefined };
  const secretKeys = env.POSTHORN_SECRET_KEYS ?? keepSecret(directory, "secret-keys", newSecretKeys).value;
  const receiverSecret = keepSecret(directory, "receiver-secret", newReceiverSecret).value;
  const common = { POSTHORN_MODE: "development", POSTHORN_SECRET_KEYS: secretKeys };
  if (env.POSTHORN_OPERATOR_KEY) return { environment: common, ...fromEnvironment, receiverSecret };
  const operatorKey = keepSecret(directory, "operator-key", newOperatorKey);
  const keyPath = relative(process.cwd(), join(directory, "operator-key"));
  return {
    environment: { ...common, POSTHORN_OPERATOR_KEY: operatorKey.value },
    keyExpression: `$(cat ${keyPath})`,
    newOperatorKey: operatorKey.created ? operatorKey.value : undefined,
    keyPath,
    receiverSecret,
  };
}

function newOperatorKey(): string {
  return `phk_${randomBytes(32).toString("base64url")}`;
}

function newSecretKeys(): string {
  return `dev:${randomBytes(32).toString("base64")}`;
}

function newReceiverSecret(): string {
  return `whsec_${randomBytes(24).toString("base64")}`;
}
