import type { SupabaseClient } from '@supabase/supabase-js';
import type { Database } from './database.types.ts';

/** The Supabase client of this app, with the types of the schema. */
export type DataClient = SupabaseClient<Database>;
