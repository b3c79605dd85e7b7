-- Nobody may call the functions but the owner; posthorn_publisher may call publish, and nothing else.
-- Roles belong to the whole server: another database of it may have made this one already, or be making it now.
do $$ begin
  create role posthorn_publisher nologin;
exception when duplicate_object or unique_violation then null;
end $$;
--> statement-breakpoint
revoke all on schema posthorn from public;
--> statement-breakpoint
revoke all on all functions in schema posthorn from public;
--> statement-breakpoint
alter default privileges in schema posthorn revoke execute on functions from public;
--> statement-breakpoint
grant usage on schema posthorn to posthorn_publisher;
--> statement-breakpoint
grant execute on function posthorn.publish to posthorn_publisher;
