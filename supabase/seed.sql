-- Demo rows for `supabase start` and `supabase db reset`. The people exist in a Cognito pool, not
-- here, so there is nothing to seed until somebody signs in.
select 'no demo rows: sign up in the web app and write a note' as seed;
