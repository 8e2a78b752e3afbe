import { viteKit } from '@cognito-supabase/client/vite';

export const kit = viteKit(import.meta.env);
