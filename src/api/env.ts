import type { Budget } from "#services/budget.ts";
import type { Principal } from "#services/context.ts";

/** What requests carry from the middleware to the handlers. */
export interface ApiEnv {
  Variables: {
    requestId: string;
    /** Set on every route but the public ones. */
    principal: Principal;
    /** For the request's look-up of its key and its publish; set where `principal` is. */
    budget: Budget;
    /** The body's text, exactly as sent, on routes that take one. */
    text: string;
  };
}
