/**
 * Why a webhook was not accepted. Closed: a `switch` over it can be exhaustive.
 * `malformedSecret`, `malformedBody` and `malformedOption` are the caller's mistakes; the others come from the request.
 */
export type VerificationErrorCode =
  | "missingHeader"
  | "malformedHeader"
  | "malformedSecret"
  | "malformedBody"
  | "malformedOption"
  | "timestampTooOld"
  | "timestampTooNew"
  | "noMatchingSignature"
  | "malformedPayload";

/** Why nothing was signed, or no key was made. Closed, like {@link VerificationErrorCode}. */
export type SigningErrorCode = "malformedSecret" | "malformedMessage";

/** Thrown by `verify`. Neither message nor cause ever holds a secret. */
export class WebhookVerificationError extends Error {
  override readonly name = "WebhookVerificationError";
  readonly code: VerificationErrorCode;

  constructor(code: VerificationErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Thrown by `sign`, `importSigningKey` and `publicKeyOf`. Neither message nor cause ever holds a secret. */
export class WebhookSigningError extends Error {
  override readonly name = "WebhookSigningError";
  readonly code: SigningErrorCode;

  constructor(code: SigningErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
