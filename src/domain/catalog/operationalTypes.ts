/** The events that the gateway itself makes: those of `posthorn.operational_types()`. */
export const operationalTypes: ReadonlySet<string> = new Set([
  "API.Key.Created",
  "API.Key.Revoked",
  "API.Request.Received",
  "API.Webhook.Registered",
  "API.Webhook.Updated",
  "API.Webhook.Deleted",
  "API.Webhook.Enabled",
  "API.Webhook.Disabled",
  "API.Webhook.Triggered",
  "API.Webhook.Failed",
  "API.Webhook.Exhausted",
  "API.Webhook.SecretRotated",
  "API.Webhook.Recovered",
  "API.Webhook.ReplayCompleted",
  "API.Webhook.Test",
]);
