import type { Principal } from "#services/context.ts";

/** What requests carry from the middleware to the handlers. */
export interface ApiEnv {
  Variables: {
    requestId: string;
    /** Set on every route but the public ones. */
    principal: Principal;
    /** The body's text, exactly as sent, on routes that take one. */
    text: string;
  };
}
