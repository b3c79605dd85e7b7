import { customType, pgSchema, timestamp } from "drizzle-orm/pg-core";

export const posthorn = pgSchema("posthorn");

export const bytes = customType<{ data: Uint8Array }>({ dataType: () => "bytea" });
export const moment = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });
export const made = () => moment("created_at").notNull();
export const changed = () => moment("updated_at").notNull();
