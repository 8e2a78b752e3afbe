import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { contentSecurityPolicy } from './csp.ts';
import { hostFiles } from './host-files.ts';

export default defineConfig({
  plugins: [react(), contentSecurityPolicy(), hostFiles()],
  build: {
    rolldownOptions: {
      output: {
        // The libraries change less often than the app, so browsers keep them in the cache.
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules\/(react|react-dom|scheduler)\// },
            { name: 'supabase', test: /node_modules\/@supabase\// },
            { name: 'amplify', test: /node_modules\// },
          ],
        },
      },
    },
  },
});
