-- Helpers that tables share.

create function private.current_sub() returns text
  language sql stable
  set search_path = ''
  return ((select auth.jwt()) ->> 'sub');
comment on function private.current_sub() is
  'The caller''s Cognito sub (claim sub of the verified token); null without a token. For column defaults: policies spell the expression out, so that the planner sees it.';
revoke execute on function private.current_sub() from public;
grant usage on schema private to authenticated, service_role;
grant execute on function private.current_sub() to authenticated, service_role;

create function private.is_machine() returns boolean
  language sql stable
  set search_path = ''
  as $$ select auth.jwt() ->> 'sub' is not distinct from auth.jwt() ->> 'client_id' $$;
comment on function private.is_machine() is
  'Whether the caller''s token is one of client credentials: Cognito gives it the client_id as its sub.';
revoke execute on function private.is_machine() from public;
grant execute on function private.is_machine() to authenticated;

-- Rules for what people write. A check that is false says "violates check constraint"; these say what
-- is allowed, with a status of their own. Null passes, as in any check.
create function private.check_length(name text, value text, fewest integer, most integer) returns boolean
  language plpgsql immutable
  set search_path = ''
  as $$
  declare
    -- Blanks count as long as there are not too many: alone they are nothing.
    size integer := char_length(case when char_length(value) > most then value else btrim(value) end);
  begin
    if size not between fewest and most then
      raise exception using errcode = 'PT400',
        message = format('%s has %s to %s characters, not %s', name, fewest, most, size);
    end if;
    return true;
  end
  $$;

create function private.check_one_of(name text, value text, allowed text[]) returns boolean
  language plpgsql immutable
  set search_path = ''
  as $$
  begin
    if value <> all (allowed) then
      raise exception using errcode = 'PT400',
        message = format('%s is one of %s, not %s', name, array_to_string(allowed, ', '), left(to_json(value)::text, 60));
    end if;
    return true;
  end
  $$;

create function private.check_email(name text, value text) returns boolean
  language plpgsql immutable
  set search_path = ''
  as $$
  begin
    -- What is certainly none: whether there is a mailbox, only a mail can tell.
    if value !~ '^[^\s@]+@[^\s@]+$' or char_length(value) > 320 then
      raise exception using errcode = 'PT400',
        message = format('%s is an address such as ada@example.com, not %s', name, left(to_json(value)::text, 60));
    end if;
    return true;
  end
  $$;

comment on function private.check_email(text, text) is
  'For check constraints: true where the text could be an email address, PT400 where it could not. A role that writes to the table needs EXECUTE on this function.';
comment on function private.check_length(text, text, integer, integer) is
  'For check constraints: true where the text has so many characters, PT400 with the rule where it has not. A role that writes to the table needs EXECUTE on this function.';
comment on function private.check_one_of(text, text, text[]) is
  'For check constraints and arguments: true where the text is one of these, PT400 with the list where it is not. A role that writes to the table needs EXECUTE on this function.';
revoke execute on function private.check_email(text, text) from public;
revoke execute on function private.check_length(text, text, integer, integer) from public;
revoke execute on function private.check_one_of(text, text, text[]) from public;
grant execute on function private.check_email(text, text) to authenticated, service_role;
grant execute on function private.check_length(text, text, integer, integer) to authenticated, service_role;
grant execute on function private.check_one_of(text, text, text[]) to authenticated, service_role;

create function private.set_updated_at() returns trigger
  language plpgsql
  set search_path = ''
  as $$
  begin
    new.updated_at := now();
    return new;
  end
  $$;
comment on function private.set_updated_at() is 'Trigger: keeps updated_at true, whatever was sent.';
revoke execute on function private.set_updated_at() from public;

create function private.refuse(message text, hint text default null) returns void
  language plpgsql
  set search_path = ''
  as $$
  begin
    raise exception using errcode = 'insufficient_privilege', message = message, hint = coalesce(hint, '');
  end
  $$;
revoke execute on function private.refuse(text, text) from public;
comment on function private.refuse(text, text) is 'Raises 42501, which the Data API answers with 403.';
