/**
 * Every error that a caller can get, by code. The codes are part of the contract: each has a heading in docs/errors.md, and the API
 * maps each to an HTTP status (src/api/problem.ts). Codes name what was wrong, never where in our code.
 */
export const problemTitles = {
  malformedRequest: "The request is not HTTP",
  requestTimeout: "The request did not arrive in time",
  headersTooLarge: "The headers are too large",
  malformedJson: "The body is not JSON",
  malformedUtf8: "The body is not UTF-8",
  unsupportedMediaType: "The content type is not supported",
  invalidRequest: "The request does not have the expected form",
  invalidParameter: "A parameter in the path, the query or a header is not valid",
  invalidText: "A text has a character that cannot be stored",
  duplicateMember: "A JSON object names a member twice",
  tooDeep: "The JSON is nested too deeply",
  unknownEventType: "There is no such event type",
  reservedEventType: "The event type is the gateway's own",
  unknownVersion: "The event type has no such version",
  unknownCatalog: "There is no such catalog",
  invalidData: "The data does not match the event type's schema",
  invalidSchema: "The JSON Schema cannot be used",
  invalidExample: "The example does not match its schema",
  versionInUse: "A published version cannot change",
  invalidCatalog: "The catalog does not have the form of a catalog",
  danglingPointer: "A pointer of the catalog leads nowhere",
  nameBreaksConvention: "A name does not follow the catalog's naming convention",
  duplicateName: "A name stands twice",
  versionGap: "The versions of an event type have a gap",
  invalidDowngrade: "A downgrade does not give what the older version asks for",
  invalidExpression: "The expression cannot be used",
  expressionTimeout: "The expression takes too long",
  expressionFailed: "The expression failed",
  schemaTooLarge: "The JSON Schema is too large",
  schemaCycle: "The JSON Schema refers to itself",
  remoteReference: "The JSON Schema refers to another document",
  unsafePattern: "A regular expression may take for ever",
  breakingChange: "The change would break what is published",
  catalogInUse: "The catalog is in use",
  versionPinned: "Subscriptions pin the version",
  invalidEnvelope: "The event does not have the catalog's envelope",
  foreignEventType: "The event type belongs to another catalog",
  tenantOutOfReach: "The key does not reach the tenant",
  unknownPreference: "There is no such preference",
  unknownTemplate: "There is no such subscription template",
  noEvaluator: "No deliverer evaluated the expression in time",
  bodyTooLarge: "The body is too large",
  tooManyEvents: "The batch has too many events",
  noneAccepted: "None of the events was accepted",
  timestampOutOfRange: "The timestamp is out of range",
  invalidId: "An id does not have the form of an id",
  invalidCursor: "The cursor is not one of ours",
  forbiddenHeader: "A header may not be set",
  forbiddenUrl: "The URL may not be a target",
  invalidSchedule: "The retry schedule is out of bounds",
  invalidSecret: "The secret does not have the form of a secret",
  idConflict: "The id was used before for another event",
  idempotencyConflict: "The Idempotency-Key was used before for another request",
  alreadyExists: "It exists already",
  endpointDisabled: "The endpoint is disabled",
  notPolled: "The endpoint is sent to, and has no feed",
  endpointDeleted: "The endpoint was deleted",
  deliverySkipped: "The delivery was skipped, by a rule",
  notCancelable: "The delivery cannot be canceled any more",
  tooManyEndpoints: "The tenant has too many endpoints",
  tooManySubscriptions: "The endpoint has too many subscriptions",
  invalidRange: "The range of time cannot be replayed",
  replayTooLarge: "The replay would send too many deliveries",
  replayCompleted: "The replay has ended",
  tooManyReplays: "The endpoint has too many replays that have not ended",
  tooManySecrets: "The endpoint has too many secrets that sign",
  tooManyVersions: "The event type has too many versions",
  unauthorized: "The request has no valid credentials",
  forbidden: "The credentials do not allow this",
  notFound: "There is no such thing",
  methodNotAllowed: "The method is not allowed here",
  overloaded: "The gateway has more work than it can take",
  unavailable: "The database cannot be reached",
  notReady: "The gateway cannot take requests now",
  keyServerUnavailable: "The key server for JWTs cannot be reached",
  internal: "The gateway made a mistake",
} as const;

export type ProblemCode = keyof typeof problemTitles;

/** One fault in a request: `pointer` is a JSON Pointer (RFC 6901) into the body, or `query/limit`, `path/tenantId`, `header/…`. */
export interface Fault {
  readonly pointer: string;
  readonly detail: string;
  /** Where faults of several kinds are told at once. */
  readonly code?: ProblemCode;
}

export type CodedFault = Fault & { readonly code: ProblemCode };

/** An expected failure of a verb. `detail` says what was wrong and what to do; it never carries a secret or a payload. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly faults: readonly Fault[];
  /** Extension members of the answer (RFC 9457 section 3.2). */
  readonly extension: Readonly<Record<string, unknown>>;

  constructor(
    code: ProblemCode,
    detail: string,
    faults: readonly Fault[] = [],
    options: ErrorOptions & { readonly extension?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(detail, "cause" in options ? { cause: options.cause } : undefined);
    this.extension = options.extension ?? {};
    this.name = "Problem";
    this.code = code;
    this.detail = detail;
    this.faults = faults;
  }
}
