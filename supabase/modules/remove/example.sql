-- Removes the module example: notes and tasks.

select cognito_supabase.remove_module('example', '{public.notes, public.tasks, public.task_assignments, public.assign_task}');
do $$
begin
  if to_regprocedure('cognito.remove_analytics_source(text)') is not null then
    perform cognito.remove_analytics_source('notes');
  end if;
end
$$;
drop function public.assign_task(uuid, uuid);
drop table public.task_assignments, public.tasks, public.notes;
