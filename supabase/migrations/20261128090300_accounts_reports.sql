-- Reports about people by webhooks: each message counts once. And the sweeping of old rows.

create table cognito_supabase.webhook_messages (
  id text primary key,
  received_at timestamptz not null default now(),
  constraint webhook_messages_id check (cognito_supabase.check_length('id', id, 1, 255))
);
alter table cognito_supabase.webhook_messages enable row level security;
revoke all on cognito_supabase.webhook_messages from anon, authenticated, service_role;
comment on table cognito_supabase.webhook_messages is 'Messages that were applied, so that a repeated one changes nothing. They are kept for a day, much longer than a signature counts.';
comment on column cognito_supabase.webhook_messages.id is 'Of the sender.';
comment on column cognito_supabase.webhook_messages.received_at is 'When.';
create index webhook_messages_received_at_idx on cognito_supabase.webhook_messages (received_at);

create function public.apply_account_event(
  message_id text, sub text, kind text, occurred_at timestamptz,
  attributes jsonb default null, groups text[] default null, username text default null
) returns boolean
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    known cognito.directory;
  begin
    perform cognito_supabase.check_length('sub', coalesce(sub, ''), 1, 255);
    if occurred_at is null or kind is null then
      raise exception using errcode = 'PT400', message = 'an event needs a kind and a time';
    end if;
    insert into cognito_supabase.webhook_messages as m (id) values (coalesce(message_id, ''))
    on conflict on constraint webhook_messages_pkey do nothing;
    if not found then
      return false;
    end if;
    if kind = 'signed_out' then
      perform public.revoke_user(sub);
      return true;
    end if;
    perform cognito.record_event(sub, kind, attributes, groups, occurred_at, username);
    select * into known from cognito.directory as d where d.sub = apply_account_event.sub;
    -- Events may come in any order. The directory knows which of them is the newest.
    if kind = 'disabled' and known.enabled is false then
      perform public.disable_user(sub);
    elsif kind = 'enabled' and known.enabled then
      perform public.enable_user(sub);
    elsif kind = 'confirmed' and known.deleted_at is null then
      perform public.provision_profile(sub, case when known.email_verified then known.email end);
    elsif kind = 'deleted' then
      perform public.revoke_user(sub);
    end if;
    return true;
  end
  $$;
revoke execute on function public.apply_account_event(text, text, text, timestamptz, jsonb, text[], text) from public, anon, authenticated;
grant execute on function public.apply_account_event(text, text, text, timestamptz, jsonb, text[], text) to service_role;
comment on function public.apply_account_event(text, text, text, timestamptz, jsonb, text[], text) is
  'Applies an event about a person, once for each message: the kinds of record_cognito_event(), and signed_out. Directory, trust and profile follow. Returns false for a message that was applied before. For the service only; POST /auth/webhook calls it. A deletion ends the sessions and keeps the profile.';

create function cognito_supabase.sweep_accounts() returns integer
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    swept integer;
    total integer := 0;
  begin
    delete from cognito_supabase.sign_ins where happened_at < now() - interval '90 days';
    get diagnostics swept = row_count;
    total := total + swept;
    delete from cognito_supabase.admin_operations where started_at < now() - interval '90 days' and state <> 'started';
    get diagnostics swept = row_count;
    total := total + swept;
    delete from cognito_supabase.webhook_messages where received_at < now() - interval '1 day';
    get diagnostics swept = row_count;
    total := total + swept;
    delete from cognito_supabase.blocked_addresses where until < now() - interval '1 day';
    get diagnostics swept = row_count;
    return total + swept;
  end
  $$;
revoke execute on function cognito_supabase.sweep_accounts() from public;
comment on function cognito_supabase.sweep_accounts() is
  'Deletes old rows of module accounts and returns how many. A schedule calls it once a day (cognito_supabase.set_up_schedules). Operations that were not finished stay.';
select cognito_supabase.set_up_schedules();
