export { checkSecret, type SecretCheck } from "./check-secret.ts";
export {
  type SigningErrorCode,
  type VerificationErrorCode,
  WebhookSigningError,
  WebhookVerificationError,
} from "./errors.ts";
export { generateSecret } from "./generate-secret.ts";
export { generateSigningKeyPair, type SigningKeyPair } from "./generate-signing-key-pair.ts";
export { importSigningKey, type SigningKey } from "./import-signing-key.ts";
export type { HeaderRecord, HeadersLike, SignatureVersion } from "./lib/headers.ts";
export type { SecretFault, SecretKind, SecretRefusal } from "./lib/secret.ts";
export { publicKeyOf } from "./public-key-of.ts";
export { sign, type WebhookMessage } from "./sign.ts";
export { verify, type VerifiedWebhook, type VerifyOptions } from "./verify.ts";
