create table public.letters (
  id uuid primary key default gen_random_uuid(),
  owner_sub text not null default (auth.jwt() ->> 'sub'),
  body text not null
);
revoke all on public.letters from anon, authenticated;
grant select, insert on public.letters to authenticated;
select cognito_supabase.protect('public.letters');
create policy "own letters" on public.letters to authenticated
  using (owner_sub = (select (select auth.jwt()) ->> 'sub'))
  with check (owner_sub = (select (select auth.jwt()) ->> 'sub'));
