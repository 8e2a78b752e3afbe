create policy "reports read all letters" on public.letters for select to authenticated
  using ((select (select auth.jwt()) ->> 'service') = 'reports');
