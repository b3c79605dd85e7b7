// Brings the schema up to date: `npm run migrate`, safe to run twice and in parallel. Configuration is read here and nowhere below.
import { migrate } from "#db/migrate.ts";
import { isUnavailable } from "#db/store.ts";
import { configOrExit, refuse } from "./entry/processes.ts";

const config = configOrExit("migrate", process.env);

await migrate(config.databaseUrl ?? "", (line) => console.log(line)).catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  refuse(isUnavailable(error) ? `the database cannot be reached: ${message}` : `the migration failed: ${message}`, 1);
});
