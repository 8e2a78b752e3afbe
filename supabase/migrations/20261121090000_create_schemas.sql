-- Schemas of the project and who may enter them. Everything below starts closed: each later file
-- grants what it means to grant.

comment on schema public is 'What the Data API exposes. Every table has row-level security.';

-- Until a migration says otherwise, nobody but the owner may use what the project adds to public.
-- (New projects of 2026 start like this; older ones grant everything to anon and authenticated.)
-- PUBLIC's execute on functions has no default of a schema: each function takes it back itself.
alter default privileges in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges in schema public revoke all on sequences from anon, authenticated, service_role;
alter default privileges in schema public
  revoke execute on functions from anon, authenticated, service_role;

-- An empty search_path still finds temporary types and tables first: whoever may make some could put
-- their own jsonb before that of a function that runs as its owner.
do $$
begin
  execute format('revoke temporary on database %I from public', current_database());
end
$$;

create schema private;
revoke all on schema private from public;
comment on schema private is 'Helpers of policies and triggers. Not exposed: no API reaches it.';

create schema cognito;
revoke all on schema cognito from public;
comment on schema cognito is
  'The Cognito user pool, as SQL. Foreign tables have no row-level security, so no API role may enter.';
