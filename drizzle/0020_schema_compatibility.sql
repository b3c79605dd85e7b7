-- Which versions of the program may run on this schema. `oldest` is the time, in the journal, of the oldest migration whose program still
-- may: programs that know it or a later one. A migration that takes away or changes something that the program before it uses raises it;
-- one that only adds leaves it, and then two versions run side by side. The rule for authors: docs/decisions/0021.
create table posthorn.schema_compatibility (
  single boolean primary key default true check (single),
  oldest bigint not null
);
--> statement-breakpoint
-- Programs before this migration do not look here, and refuse every schema but their own.
insert into posthorn.schema_compatibility (oldest) values (1795169451000);
--> statement-breakpoint
revoke all on all functions in schema posthorn from public;
