import type { Statement } from "../store.ts";

/** ($1 UUID, $2 asker, $3 JSON text of the request). */
export const askEvaluation: Statement = {
  name: "ask_evaluation",
  text: `insert into posthorn.evaluations (id, asker, request) values ($1, $2, $3::text::json)`,
};

/** ($1 UUID) → the answer's JSON text, with which its row goes; no row: not yet. */
export const readAnswer: Statement = {
  name: "read_evaluation_answer",
  text: `delete from posthorn.evaluations where id = $1 and answer is not null returning answer::text as answer`,
};

/** ($1 UUID): nobody waits for it any more. */
export const withdrawEvaluation: Statement = {
  name: "withdraw_evaluation",
  text: `delete from posthorn.evaluations where id = $1`,
};

/**
 * ($1 page, $2 who asked for each that this deliverer has under way, $3 how many one asker may have under way here, $4 age in ms) → requests
 * with their JSON texts, for this deliverer alone: their rows go, and come back with their answers. Askers take turns: the first of each comes
 * before the second of any. For older ones nobody waits any more: they go without an answer.
 */
export const takeEvaluations: Statement = {
  name: "take_evaluations",
  text: `
    with waiting as (
      select id, created_at, row_number() over (partition by asker order by created_at, id)
        + (select count(*) from unnest($2::text[]) u (asker) where u.asker = e.asker) as turn
      from posthorn.evaluations e
      where answer is null and created_at >= posthorn.now() - $4::integer * interval '1 ms'
    ), taken as (
      select e.id from posthorn.evaluations e join waiting w on w.id = e.id where w.turn <= $3
      order by w.turn, w.created_at limit $1 for update of e skip locked
    ), old as (
      select id from posthorn.evaluations
      where answer is null and created_at < posthorn.now() - $4::integer * interval '1 ms' for update skip locked
    ), gone as (delete from posthorn.evaluations where id in (select id from old))
    delete from posthorn.evaluations where id in (select id from taken) returning id, asker, request::text as request`,
};

/** ($1 UUID, $2 JSON text of the answer). */
export const answerEvaluation: Statement = {
  name: "answer_evaluation",
  text: `insert into posthorn.evaluations (id, request, answer) values ($1, 'null', $2::text::json)`,
};

/** ($1 age in ms): what nobody read. */
export const forgetEvaluations: Statement = {
  name: "forget_evaluations",
  text: `delete from posthorn.evaluations where created_at < posthorn.now() - $1::integer * interval '1 ms'`,
};

/** ($1 catalog, $2 type, $3 version or null) → the example of this version or the newest one that has any; no row: no such type. */
export const findVersionExample: Statement = {
  name: "find_version_example",
  text: `
    select v.version, v.example from posthorn.event_types t left join lateral (
      select version, example from posthorn.event_type_versions
      where catalog = t.catalog and name = t.name and (version = $3::text or $3::text is null and example is not null)
      order by created_at desc, position desc limit 1) v on true
    where t.catalog = $1 and t.name = $2`,
};
