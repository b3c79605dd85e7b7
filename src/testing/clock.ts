import type { Pool } from "pg";
import { systemClock, type Clock } from "#domain/clock.ts";
import { namePrefix } from "./database.ts";

/** One clock for a database and for this process: real time, and how far it has been moved. It runs on between moves. */
export interface MovedClock {
  readonly now: Clock;
  /** Forward, both at once. */
  move(byMs: number): Promise<void>;
}

// Every statement asks posthorn.now() for the time and posthorn.new_id() for ids, whose first bits are the time. What is about processes and
// not about business (heartbeats, graphile-worker's own table) asks PostgreSQL, and is not moved.
// In PL/pgSQL, because PostgreSQL before 18 plans a function in SQL at every call.
const install = `
create schema posthorn_test;
create table posthorn_test.clock (offset_ms bigint not null);
insert into posthorn_test.clock values (0);
create or replace function posthorn.now() returns timestamptz language plpgsql stable parallel safe as $$
declare
  v_ms bigint;
begin
  select offset_ms into v_ms from posthorn_test.clock;
  return statement_timestamp() + v_ms * interval '1 millisecond';
end $$;
do $do$ begin
  if current_setting('server_version_num')::int >= 180000 then
    create or replace function posthorn.new_id() returns uuid language plpgsql volatile parallel safe as $$
    declare
      v_ms bigint;
    begin
      select offset_ms into v_ms from posthorn_test.clock;
      return uuidv7(v_ms * interval '1 millisecond');
    end $$;
  else
    create or replace function posthorn.new_id() returns uuid language plpgsql volatile parallel safe as $$
    declare
      v_ms bigint;
      v_us bigint;
    begin
      select offset_ms into v_ms from posthorn_test.clock;
      v_us := extract(epoch from clock_timestamp()) * 1000000 + v_ms * 1000;
      return encode(substring(int8send(v_us / 1000) from 3) || int2send((28672 + (v_us % 1000) * 4096 / 1000)::int2)
        || substring(uuid_send(gen_random_uuid()) from 9), 'hex')::uuid;
    end $$;
  end if;
end $do$`;

/**
 * Puts a clock that can be moved into a database of the kit's.
 * @throws for any other database, whoever asks: its tokens would expire, its retention drop what is young
 */
export async function installClock(pool: Pool): Promise<MovedClock> {
  const { rows } = await pool.query<{ name: string }>("select current_database() as name");
  const name = rows[0]?.name ?? "";
  if (!name.startsWith(namePrefix))
    throw new Error(`The clock of ${name} is not moved: only databases that the test kit has made.`);
  await pool.query(install);
  let offsetMs = 0;
  return {
    now: () => systemClock() + offsetMs,
    async move(byMs) {
      const whole = Math.max(0, Math.ceil(byMs));
      await pool.query("update posthorn_test.clock set offset_ms = offset_ms + $1", [whole]);
      offsetMs += whole;
    },
  };
}
