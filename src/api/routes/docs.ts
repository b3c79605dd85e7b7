import type { Context } from "hono";
import type { Api, ApiDeps } from "../deps.ts";
import type { ApiEnv } from "../env.ts";

/**
 * The reference page and what it reads. Everything comes from this host: the page's own script is a file, so that the policy can
 * forbid all inline script.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  // Swagger UI sets style attributes.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Posthorn API</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css">
    <link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
  </head>
  <body>
    <div id="reference"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/reference.js"></script>
  </body>
</html>
`;

// validatorUrl: null keeps the page from sending the document to swagger.io.
const script = `SwaggerUIBundle({
  url: "/openapi.yaml",
  dom_id: "#reference",
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
});
`;

export function registerDocs(api: Api, { assets }: ApiDeps): void {
  api.get("/openapi.yaml", (c) => answer(c, assets.openapiYaml, "application/yaml; charset=utf-8"));
  api.get("/docs", (c) => answer(c, page, "text/html; charset=utf-8"));
  api.get("/docs/reference.js", (c) => answer(c, script, "text/javascript; charset=utf-8"));
  api.get("/docs/errors", (c) => answer(c, assets.errorsMarkdown, "text/markdown; charset=utf-8"));
  for (const [name, { body, contentType }] of assets.docs) {
    api.get(`/docs/${name}`, (c) => {
      c.header("cache-control", "public, max-age=3600");
      return answer(c, body, contentType);
    });
  }
}

function answer(c: Context<ApiEnv>, body: string | Uint8Array<ArrayBuffer>, contentType: string): Response {
  c.header("content-security-policy", policy);
  c.header("x-content-type-options", "nosniff");
  c.header("referrer-policy", "no-referrer");
  return c.body(body, 200, { "content-type": contentType });
}
